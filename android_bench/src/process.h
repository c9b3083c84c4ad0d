// What the kernel knows of this process.
#ifndef TFLITEKIT_PROCESS_H_
#define TFLITEKIT_PROCESS_H_

#include <sched.h>
#include <stdint.h>

// A field of /proc/self/status that is given in kB, in bytes; -1 where it is absent.
int64_t process_memory(const char* field);

// The number of threads of this process.
int process_threads(void);

// The processor time that this process has used so far, in microseconds.
double process_cpu_us(void);

// Adds the processor that each thread of this process ran on last.
void process_add_processors(cpu_set_t* seen);

// Binds this process, and the threads it will start, to the cores of a list such as "4-7,0".
// Fails the run where the kernel gives other cores than were asked for.
void process_bind(const char* cores);

// Writes the processors that this process may use into the record under `key`.
void process_report_cores(const char* key);

// Writes the members of a set into the record under `key`.
void process_report_set(const char* key, const cpu_set_t* set);

#endif  // TFLITEKIT_PROCESS_H_
