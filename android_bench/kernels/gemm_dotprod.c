// Four bytes of the depth at a time. Weights go as two bytes of seven bits, whose sums are put
// together at the end.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#include "gemm.h"
#include "gemm_groups.h"

#define DOTPROD __attribute__((target("dotprod"))) static

enum { kQuad = 4, kQuarters = kGemmPanel / 4, kHalf = 7, kMixedRows = 3 };

DOTPROD void multiply(const void* left, const void* right, size_t depth, size_t columns,
                      int32_t* sums, size_t stride) {
  size_t padded = gemm_padded(columns, kGemmPanel), row = gemm_padded(depth, kQuad);
  const int32_t *starts = right, *parts = gemm_groups_row_parts(left, depth, kQuad);
  const int8_t* bytes = gemm_groups_panels(right, columns);
  for (size_t first = 0; first < padded; first += kGemmPanel) {
    int32x4_t total[kGemmRows][kQuarters];
    for (int i = 0; i < kGemmRows; ++i) {
      for (int j = 0; j < kQuarters; ++j) {
        total[i][j] = vaddq_s32(vld1q_s32(starts + first + 4 * j), vdupq_n_s32(parts[i]));
      }
    }
    for (size_t k = 0; k < row; k += kQuad, bytes += kGemmPanel * kQuad) {
      int8x16_t quads[kQuarters];
      for (int j = 0; j < kQuarters; ++j) quads[j] = vld1q_s8(bytes + 16 * j);
#pragma clang loop unroll(full)
      for (int i = 0; i < kGemmRows; ++i) {
        int32_t four;
        memcpy(&four, (const int8_t*)left + (size_t)i * row + k, sizeof four);
        int8x16_t same = vreinterpretq_s8_s32(vdupq_n_s32(four));
        for (int j = 0; j < kQuarters; ++j) total[i][j] = vdotq_s32(total[i][j], quads[j], same);
      }
    }
    for (int i = 0; i < kGemmRows; ++i) {
      int32_t* to = sums + (size_t)i * stride + first;
      for (int j = 0; j < kQuarters; ++j) vst1q_s32(to + 4 * j, total[i][j]);
    }
  }
}

// Four weights of seven low and of seven high bits, each four times.
static inline int8x16x2_t halves(const int16_t* weights) {
  int16x4_t four = vld1_s16(weights);
  int8x8_t low = vmovn_s16(vcombine_s16(vand_s16(four, vdup_n_s16((1 << kHalf) - 1)), four));
  int8x8_t high = vmovn_s16(vcombine_s16(vshr_n_s16(four, kHalf), four));
  int8x16x2_t both;
  both.val[0] = vreinterpretq_s8_s32(vdupq_lane_s32(vreinterpret_s32_s8(low), 0));
  both.val[1] = vreinterpretq_s8_s32(vdupq_lane_s32(vreinterpret_s32_s8(high), 0));
  return both;
}

// kMixedRows rows of one panel.
DOTPROD void mix_panel(const int16_t* weights, size_t weights_stride, const int8_t* panel,
                       size_t depth, const int32_t* starts, int32_t* sums, size_t stride) {
  int32x4_t low[kMixedRows][kQuarters], high[kMixedRows][kQuarters];
  for (int i = 0; i < kMixedRows; ++i) {
    for (int j = 0; j < kQuarters; ++j) {
      low[i][j] = vdupq_n_s32(starts[i]);
      high[i][j] = vdupq_n_s32(0);
    }
  }
  for (size_t k = 0; k < depth; k += kQuad, panel += kGemmPanel * kQuad) {
    int8x16_t quads[kQuarters];
    for (int j = 0; j < kQuarters; ++j) quads[j] = vld1q_s8(panel + 16 * j);
#pragma clang loop unroll(full)
    for (int i = 0; i < kMixedRows; ++i) {
      int8x16x2_t both = halves(weights + (size_t)i * weights_stride + k);
      for (int j = 0; j < kQuarters; ++j) {
        low[i][j] = vdotq_s32(low[i][j], quads[j], both.val[0]);
        high[i][j] = vdotq_s32(high[i][j], quads[j], both.val[1]);
      }
    }
  }
  for (int i = 0; i < kMixedRows; ++i) {
    for (int j = 0; j < kQuarters; ++j) {
      int32x4_t total = vaddq_s32(low[i][j], vshlq_n_s32(high[i][j], kHalf));
      vst1q_s32(sums + (size_t)i * stride + 4 * j, total);
    }
  }
}

GEMM_OF_GROUPS(gemm_dotprod, kQuad, multiply, mix_panel, kMixedRows)
#endif
