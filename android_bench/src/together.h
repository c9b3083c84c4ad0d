// Threads that begin at the same moment.
#ifndef TFLITEKIT_TOGETHER_H_
#define TFLITEKIT_TOGETHER_H_

#include <stddef.h>

// Calls `work` with each of `count` items of `bytes` bytes, in a thread of its own, and waits.
// Returns the microseconds from the first thread's start to the last one's end.
double run_together(void (*work)(void*), void* items, size_t bytes, long count);

#endif  // TFLITEKIT_TOGETHER_H_
