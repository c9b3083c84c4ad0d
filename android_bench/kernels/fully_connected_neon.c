// 8 values at a time: products of 16 bits, summed by pairs.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#include "fully_connected.h"

#define TARGET
#define VECTOR static inline __attribute__((always_inline))

enum { kChunk = 8, kOffset = 0 };

typedef int32x4_t Sum;
typedef int8x8_t X, W;

VECTOR Sum no_sum(void) { return vdupq_n_s32(0); }

VECTOR W w_of(const int8_t* weights) { return vld1_s8(weights); }

VECTOR W w_part(const int8_t* weights, size_t n) {
  int8_t chunk[kChunk] = {0};
  memcpy(chunk, weights, n);
  return w_of(chunk);
}

VECTOR X x_of(const int8_t* x) { return w_of(x); }

VECTOR X x_part(const int8_t* x, size_t n) { return w_part(x, n); }

VECTOR Sum plus(Sum sum, X x, W w) { return vpadalq_s16(sum, vmull_s8(w, x)); }

VECTOR Sum both(Sum a, Sum b) { return vaddq_s32(a, b); }

VECTOR void totals(const Sum* sums, int32_t* to) {
  vst1q_s32(to, vpaddq_s32(vpaddq_s32(sums[0], sums[1]), vpaddq_s32(sums[2], sums[3])));
}

#include "fully_connected_loops.h"

void fully_connected_neon(const FullyConnected* part) { all_tiles(part); }
#endif
