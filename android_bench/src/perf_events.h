// Hardware counters of memory traffic, where the kernel has them and lets this process read them.
#ifndef TFLITEKIT_PERF_EVENTS_H_
#define TFLITEKIT_PERF_EVENTS_H_

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  char name[160];  // the unit and its event
  bool writes;     // or reads
  double bytes;    // for each count
  int file;        // of the kernel
} Counter;

typedef struct {
  Counter* counters;
  size_t count, room;
  char reason[512];  // why there are none
} Counters;

// Opens the counters of every memory controller; where there is none, the misses of the last-level
// cache of this process and its threads to come, which leave prefetches and writes out.
Counters counters_open(void);

// What a counter has counted since it was opened, in bytes, scaled up where the kernel let it count
// for a part of the time only; -1 where it did not count at all.
double counter_read(const Counter* counter);

#endif  // TFLITEKIT_PERF_EVENTS_H_
