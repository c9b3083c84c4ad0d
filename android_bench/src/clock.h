#ifndef TFLITEKIT_CLOCK_H_
#define TFLITEKIT_CLOCK_H_

#include <time.h>

// Microseconds on the monotonic clock, with the clock's full resolution.
static inline double clock_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec * 1e-3;
}

#endif  // TFLITEKIT_CLOCK_H_
