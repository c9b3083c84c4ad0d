// Sums by products of bytes that are added by fours.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "layer_norm.h"

enum { kLanes = 16 };

__attribute__((target("dotprod"))) static LayerNormSums sum(const int8_t* x, size_t n) {
  int32x4_t sums = vdupq_n_s32(0), squares = vdupq_n_s32(0);
  const int8x16_t one = vdupq_n_s8(1);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    int8x16_t values = vld1q_s8(x + i);
    sums = vdotq_s32(sums, values, one);
    squares = vdotq_s32(squares, values, values);
  }
  LayerNormSums rest = layer_norm_sum_scalar(x + i, n - i);
  return (LayerNormSums){vaddvq_s32(sums) + rest.sum, vaddvq_s32(squares) + rest.squares};
}

const LayerNorm* layer_norm_dotprod(void) {
  static const LayerNorm version = {sum, layer_norm_scale_neon};
  return &version;
}
#endif
