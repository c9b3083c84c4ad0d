#if defined(__aarch64__)
#include <arm_neon.h>

#include "abs_difference.h"

enum { kLanes = 8 };

static inline float32x4_t scaled(int16x4_t x, int32_t zero, float factor) {
  int32x4_t steps = vsubq_s32(vmovl_s16(x), vdupq_n_s32(zero));
  return vmulq_n_f32(vcvtq_f32_s32(steps), factor);
}

static inline int16x4_t result(const AbsDifference* p, int16x4_t a, int16x4_t b) {
  float32x4_t left = scaled(a, p->a_zero, p->a_factor);
  float32x4_t right = scaled(b, p->b_zero, p->b_factor);
  float32x4_t size = vaddq_f32(vabsq_f32(vsubq_f32(left, right)), vdupq_n_f32((float)p->y_zero));
  return vqmovn_s32(vcvtnq_s32_f32(size));
}

void abs_difference_neon(const AbsDifference* p, const int8_t* a, const int8_t* b, int8_t* y,
                         size_t n) {
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    int16x8_t left = vmovl_s8(vld1_s8(a + i)), right = vmovl_s8(vld1_s8(b + i));
    int16x4_t low = result(p, vget_low_s16(left), vget_low_s16(right));
    int16x4_t high = result(p, vget_high_s16(left), vget_high_s16(right));
    vst1_s8(y + i, vqmovn_s16(vcombine_s16(low, high)));
  }
  abs_difference_scalar(p, a + i, b + i, y + i, n - i);
}
#endif
