// Sums by widening products; the loops of norm_wide_loops.h in the same instructions.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "norm_wide.h"

#define NORM_WIDE_TARGET
#define NORM_WIDE_ISA neon

enum { kLanes = 8 };

static NormWideSums sums(const int16_t* x, size_t n) {
  int32x4_t sums = vdupq_n_s32(0);
  uint64x2_t squares = vdupq_n_u64(0);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    int16x8_t values = vld1q_s16(x + i);
    sums = vpadalq_s16(sums, values);
    int32x4_t low = vmull_s16(vget_low_s16(values), vget_low_s16(values));
    squares = vpadalq_u32(squares, vreinterpretq_u32_s32(low));
    squares = vpadalq_u32(squares, vreinterpretq_u32_s32(vmull_high_s16(values, values)));
  }
  NormWideSums of = norm_wide_sums_scalar(x + i, n - i);
  return (NormWideSums){of.sum + vaddvq_s32(sums), of.squares + (int64_t)vaddvq_u64(squares)};
}

#include "norm_wide_loops.h"
#endif
