// 8 sums at a time.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "requantize.h"

enum { kLanes = 8 };

static inline int16x4_t half(const int32_t* x, float32x4_t scale, float32x4_t zero_point) {
  float32x4_t y = vaddq_f32(vmulq_f32(vcvtq_f32_s32(vld1q_s32(x)), scale), zero_point);
  return vqmovn_s32(vcvtnq_s32_f32(y));
}

void requantize_neon(const int32_t* x, float scale, int32_t zero_point, int8_t* y, size_t n) {
  float32x4_t factor = vdupq_n_f32(scale), term = vdupq_n_f32((float)zero_point);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    int16x8_t words = vcombine_s16(half(x + i, factor, term), half(x + i + 4, factor, term));
    vst1_s8(y + i, vqmovn_s16(words));
  }
  requantize_scalar(x + i, scale, zero_point, y + i, n - i);
}
#endif
