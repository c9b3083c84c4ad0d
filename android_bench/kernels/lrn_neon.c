// 8 elements at a time; the pieces are looked up one by one.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "lrn.h"

#define INLINE static inline __attribute__((always_inline))

enum { kLanes = 8 };

INLINE float32x4_t power(const LrnScale* scale, float32x4_t base) {
  int32x4_t first = vdupq_n_s32(scale->first);
  int32x4_t bits = vsubq_s32(vmaxq_s32(vreinterpretq_s32_f32(base), first), first);
  int32x4_t place = vminq_s32(vshrq_n_s32(bits, kLrnPieceBits), vdupq_n_s32(scale->last));
  const float* pieces = &scale->pieces->value;
  float32x2_t a = vld1_f32(pieces + 2 * vgetq_lane_s32(place, 0));
  float32x2_t b = vld1_f32(pieces + 2 * vgetq_lane_s32(place, 1));
  float32x2_t c = vld1_f32(pieces + 2 * vgetq_lane_s32(place, 2));
  float32x2_t d = vld1_f32(pieces + 2 * vgetq_lane_s32(place, 3));
  float32x4x2_t found = vuzpq_f32(vcombine_f32(a, b), vcombine_f32(c, d));
  float32x4_t rest = vcvtq_f32_s32(vandq_s32(bits, vdupq_n_s32((1 << kLrnPieceBits) - 1)));
  return vaddq_f32(found.val[0], vmulq_f32(found.val[1], rest));
}

INLINE int16x4_t scaled(const LrnScale* scale, int16x4_t x, int32x4_t sums) {
  float32x4_t parts = vmulq_f32(vdupq_n_f32(scale->alpha), vcvtq_f32_s32(sums));
  float32x4_t factor = power(scale, vaddq_f32(vdupq_n_f32(scale->bias), parts));
  int32x4_t centered = vsubq_s32(vmovl_s16(x), vdupq_n_s32(scale->x_zero));
  float32x4_t steps = vmulq_f32(vcvtq_f32_s32(centered), factor);
  steps = vaddq_f32(steps, vdupq_n_f32((float)scale->y_zero));
  steps = vmaxnmq_f32(steps, vdupq_n_f32(-128));  // of NaN: -128
  return vmovn_s32(vcvtnq_s32_f32(vminq_f32(steps, vdupq_n_f32(127))));
}

void lrn_neon(const LrnScale* scale, const int8_t* x, const int32_t* sums, int8_t* y, size_t n) {
  const LrnScale of = *scale;
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    int16x8_t values = vmovl_s8(vld1_s8(x + i));
    int16x4_t low = scaled(&of, vget_low_s16(values), vld1q_s32(sums + i));
    int16x4_t high = scaled(&of, vget_high_s16(values), vld1q_s32(sums + i + 4));
    vst1_s8(y + i, vmovn_s16(vcombine_s16(low, high)));
  }
  lrn_scalar(scale, x + i, sums + i, y + i, n - i);
}
#endif
