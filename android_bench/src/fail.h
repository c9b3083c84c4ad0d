// The one way in which a run fails.
#ifndef TFLITEKIT_FAIL_H_
#define TFLITEKIT_FAIL_H_

// Writes an `error` record with its kind and a message, and ends the process with status 1.
_Noreturn void fail(const char* kind, const char* format, ...)
    __attribute__((format(printf, 2, 3)));

#endif  // TFLITEKIT_FAIL_H_
