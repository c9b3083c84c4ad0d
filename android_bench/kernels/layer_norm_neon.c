// 16 elements at a time.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "layer_norm.h"

#define INLINE static inline __attribute__((always_inline))

enum { kLanes = 16, kHalf = 8 };

static LayerNormSums sum(const int8_t* x, size_t n) {
  int32x4_t sums = vdupq_n_s32(0), squares = vdupq_n_s32(0);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    int8x16_t values = vld1q_s8(x + i);
    sums = vpadalq_s16(sums, vpaddlq_s8(values));
    squares = vpadalq_s16(squares, vmull_s8(vget_low_s8(values), vget_low_s8(values)));
    squares = vpadalq_s16(squares, vmull_high_s8(values, values));
  }
  LayerNormSums rest = layer_norm_sum_scalar(x + i, n - i);
  return (LayerNormSums){vaddvq_s32(sums) + rest.sum, vaddvq_s32(squares) + rest.squares};
}

// What is the same for all elements of a row.
typedef struct {
  int16x8_t left, right;  // shifts, those to the right negative
  int16x8_t mean, scale;
  int8x16_t low, high;
} Row;

INLINE int8x8_t scaled(int16x8_t x, const Row* row, const int16_t* gain, const int16_t* offset) {
  int16x8_t centered = vsubq_s16(vshlq_s16(x, row->left), row->mean);
  int16x8_t steps = vqrdmulhq_s16(vqrdmulhq_s16(centered, row->scale), vld1q_s16(gain));
  return vqmovn_s16(vshlq_s16(vqaddq_s16(steps, vld1q_s16(offset)), row->right));
}

void layer_norm_scale_neon(const int8_t* x, const LayerNormRow* row, const LayerNormAffine* affine,
                           int8_t* y, size_t n) {
  const Row of = {vdupq_n_s16((int16_t)row->shift), vdupq_n_s16((int16_t)-affine->shift),
                  vdupq_n_s16(row->mean),           vdupq_n_s16(row->scale),
                  vdupq_n_s8(affine->low),          vdupq_n_s8(affine->high)};
  const int16_t *gain = affine->gain, *offset = affine->offset;
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    int8x16_t values = vld1q_s8(x + i);
    size_t next = i + kHalf;
    int8x8_t low = scaled(vmovl_s8(vget_low_s8(values)), &of, gain + i, offset + i);
    int8x8_t high = scaled(vmovl_high_s8(values), &of, gain + next, offset + next);
    vst1q_s8(y + i, vminq_s8(vmaxq_s8(vcombine_s8(low, high), of.low), of.high));
  }
  layer_norm_scale_rest(x, row, affine, y, n, i);
}

const LayerNorm* layer_norm_neon(void) {
  static const LayerNorm version = {sum, layer_norm_scale_neon};
  return &version;
}
#endif
