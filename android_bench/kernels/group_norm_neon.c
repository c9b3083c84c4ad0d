// 16 elements at a time are summed, 8 are scaled.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "group_norm.h"

#define INLINE static inline __attribute__((always_inline))

enum { kLanes = 8 };

static GroupNormSums sum_row(const int8_t* x, size_t n) {
  int32x4_t sum = vdupq_n_s32(0), squares = vdupq_n_s32(0);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    int8x16_t values = vld1q_s8(x + i);
    sum = vpadalq_s16(sum, vpaddlq_s8(values));
    squares = vpadalq_s16(squares, vmull_s8(vget_low_s8(values), vget_low_s8(values)));
    squares = vpadalq_s16(squares, vmull_high_s8(values, values));
  }
  GroupNormSums rest = group_norm_scalar()->sum_row(x + i, n - i);
  return (GroupNormSums){vaddlvq_s32(sum) + rest.sum, vaddlvq_s32(squares) + rest.squares};
}

static void sum_columns(const int8_t* x, size_t rows, size_t stride, size_t n, int32_t* sums,
                        int32_t* squares) {
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    int32x4_t sum[2] = {vdupq_n_s32(0), vdupq_n_s32(0)}, square[2] = {sum[0], sum[0]};
    for (size_t row = 0; row < rows; ++row) {
      int8x8_t values = vld1_s8(x + row * stride + i);
      int16x8_t words = vmovl_s8(values), squared = vmull_s8(values, values);
      sum[0] = vaddw_s16(sum[0], vget_low_s16(words));
      sum[1] = vaddw_high_s16(sum[1], words);
      square[0] = vaddw_s16(square[0], vget_low_s16(squared));
      square[1] = vaddw_high_s16(square[1], squared);
    }
    for (size_t half = 0; half < 2; ++half) {
      vst1q_s32(sums + i + 4 * half, sum[half]);
      vst1q_s32(squares + i + 4 * half, square[half]);
    }
  }
  group_norm_scalar()->sum_columns(x + i, rows, stride, n - i, sums + i, squares + i);
}

// 4 elements, of which the first is number i of its line.
INLINE int32x4_t scaled(int32x4_t x, const GroupNormLine* line, float32x4_t mean,
                        float32x4_t scale, size_t i) {
  float32x4_t centered = vmulq_f32(vsubq_f32(vcvtq_f32_s32(x), mean), scale);
  float32x4_t steps = vmulq_f32(centered, vld1q_f32(line->gain + i));
  steps = vaddq_f32(steps, vld1q_f32(line->offset + i));
  steps = vmaxnmq_f32(steps, vdupq_n_f32(line->low));  // of NaN: low
  return vcvtnq_s32_f32(vminq_f32(steps, vdupq_n_f32(line->high)));
}

INLINE void store_int8(int8_t* y, int32x4_t low, int32x4_t high) {
  vst1_s8(y, vmovn_s16(vcombine_s16(vmovn_s32(low), vmovn_s32(high))));
}

static void scale_row(const int8_t* x, const GroupNormLine* line, int8_t* y, size_t n) {
  float32x4_t mean = vdupq_n_f32(*line->mean), scale = vdupq_n_f32(*line->scale);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    int16x8_t words = vmovl_s8(vld1_s8(x + i));
    int32x4_t low = scaled(vmovl_s16(vget_low_s16(words)), line, mean, scale, i);
    store_int8(y + i, low, scaled(vmovl_high_s16(words), line, mean, scale, i + 4));
  }
  GroupNormLine rest = group_norm_behind(line, i, 0);
  group_norm_scalar()->scale_row(x + i, &rest, y + i, n - i);
}

static void scale_columns(const int8_t* x, const GroupNormLine* line, int8_t* y, size_t n) {
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    int16x8_t words = vmovl_s8(vld1_s8(x + i));
    int32x4_t halves[2] = {vmovl_s16(vget_low_s16(words)), vmovl_high_s16(words)};
    for (size_t half = 0; half < 2; ++half) {
      size_t place = i + 4 * half;
      float32x4_t mean = vld1q_f32(line->mean + place), scale = vld1q_f32(line->scale + place);
      halves[half] = scaled(halves[half], line, mean, scale, place);
    }
    store_int8(y + i, halves[0], halves[1]);
  }
  GroupNormLine rest = group_norm_behind(line, i, 1);
  group_norm_scalar()->scale_columns(x + i, &rest, y + i, n - i);
}

const GroupNorm* group_norm_neon(void) {
  static const GroupNorm version = {sum_row, sum_columns, scale_row, scale_columns};
  return &version;
}
#endif
