#include "spin.h"

#include <stdint.h>
#include <time.h>

// Six steps that wait for each other: some 5 ms at 2.5 GHz.
enum { kPasses = 3, kSteps = 2000000 };

// xorshift64 (Marsaglia 2003): no compiler can foresee where it ends.
static uint64_t spin(uint64_t state) {
  for (int i = 0; i < kSteps; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
  }
  return state;
}

// Not on the wall's clock: while the thread waits for a processor, that is no slower.
static double thread_cpu_us(void) {
  struct timespec used;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return (double)used.tv_sec * 1e6 + (double)used.tv_nsec * 1e-3;
}

double spin_us(void) {
  static volatile uint64_t state = 0x9e3779b97f4a7c15ull;
  double best = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    double start = thread_cpu_us();
    state = spin(state);
    double us = thread_cpu_us() - start;
    if (pass == 0 || us < best) best = us;
  }
  return best;
}
