// What the kernel knows of this process.
#ifndef TFLITEKIT_PROCESS_H_
#define TFLITEKIT_PROCESS_H_

#include <stdint.h>

// A field of /proc/self/status that is given in kB, in bytes; -1 where it is absent.
int64_t process_memory(const char* field);

// The number of threads of this process.
int process_threads(void);

// Binds this process, and the threads it will start, to the cores of a list such as "4-7,0".
// Fails the run where the kernel gives other cores than were asked for.
void process_bind(const char* cores);

// Writes the processors that this process may use into the record under `key`.
void process_report_cores(const char* key);

#endif  // TFLITEKIT_PROCESS_H_
