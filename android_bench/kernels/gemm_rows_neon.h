// What the NEON versions of products share.
#ifndef TFLITEKIT_KERNELS_GEMM_ROWS_NEON_H_
#define TFLITEKIT_KERNELS_GEMM_ROWS_NEON_H_

#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

#include "rounding.h"

static inline int32x4_t gemm_scaled_neon(const int32_t* sums, float32x4_t scale,
                                         float32x4_t zero_point) {
  float32x4_t values = vaddq_f32(vmulq_f32(vcvtq_f32_s32(vld1q_s32(sums)), scale), zero_point);
  return vcvtnq_s32_f32(values);  // saturates; ties to even
}

static inline void gemm_requantize_neon(const int32_t* sums, size_t n, float scale,
                                        int32_t zero_point, int8_t* y) {
  float32x4_t scales = vdupq_n_f32(scale), zeros = vdupq_n_f32((float)zero_point);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    int16x4_t low = vqmovn_s32(gemm_scaled_neon(sums + i, scales, zeros));
    int16x4_t high = vqmovn_s32(gemm_scaled_neon(sums + i + 4, scales, zeros));
    vst1_s8(y + i, vqmovn_s16(vcombine_s16(low, high)));
  }
  for (; i < n; ++i) y[i] = requantize(sums[i], scale, zero_point);
}

#endif  // TFLITEKIT_KERNELS_GEMM_ROWS_NEON_H_
