// Pairs of int16 by widening multiply-and-add: 16 columns in four registers for each of six rows.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "gemm.h"
#include "gemm_pairs.h"

enum { kQuarters = kGemmPanel / 4 };

static void mix(const int16_t* weights, size_t weights_stride, const void* values, size_t depth,
                size_t columns, int32_t* sums, size_t stride) {
  size_t pairs = gemm_padded(depth, 2) / 2;
  const int16_t* right = values;
  for (size_t column = 0; column < columns; column += kGemmPanel) {
    int32x4_t total[kGemmRows][kQuarters];
    for (int i = 0; i < kGemmRows; ++i) {
      for (int j = 0; j < kQuarters; ++j) total[i][j] = vdupq_n_s32(0);
    }
    for (size_t k = 0; k < pairs; ++k, right += 2 * kGemmPanel) {
      int16x8x2_t low = vld2q_s16(right), high = vld2q_s16(right + kGemmPanel);
#pragma clang loop unroll(full)
      for (int i = 0; i < kGemmRows; ++i) {
        const int16_t* from = weights + (size_t)i * weights_stride + 2 * k;
        int16x4_t two = vset_lane_s16(from[1], vdup_n_s16(from[0]), 1);
        for (int part = 0; part < 2; ++part) {
          int16x4_t one = part ? vdup_lane_s16(two, 1) : vdup_lane_s16(two, 0);
          total[i][0] = vmlal_s16(total[i][0], vget_low_s16(low.val[part]), one);
          total[i][1] = vmlal_s16(total[i][1], vget_high_s16(low.val[part]), one);
          total[i][2] = vmlal_s16(total[i][2], vget_low_s16(high.val[part]), one);
          total[i][3] = vmlal_s16(total[i][3], vget_high_s16(high.val[part]), one);
        }
      }
    }
    for (int i = 0; i < kGemmRows; ++i) {
      int32_t* to = sums + (size_t)i * stride + column;
      for (int j = 0; j < kQuarters; ++j) vst1q_s32(to + 4 * j, total[i][j]);
    }
  }
}

GEMM_OF_PAIRS(gemm_neon, mix, gemm_pairs_pack_values)
#endif
