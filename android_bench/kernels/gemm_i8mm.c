// Two rows times two columns, eight bytes of the depth at a time. A row of weights goes as two rows,
// of their seven low and of their seven high bits, whose sums are put together at the end.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "gemm.h"
#include "gemm_groups.h"

#define I8MM __attribute__((target("i8mm"))) static
#define I8MM_INLINE __attribute__((target("i8mm"), always_inline)) static inline

// Sums stay in registers only where the loops over them are gone.
#define UNROLLED _Pragma("clang loop unroll(full)")

enum { kOct = 8, kPairs = kGemmPanel / 2, kRowPairs = kGemmRows / 2, kHalf = 7 };

// Of each pair of rows and each pair of columns, [row][column].
typedef struct {
  int32x4_t of[kRowPairs][kPairs];
} Sums;

I8MM_INLINE void clear(Sums* sums) {
  UNROLLED for (int i = 0; i < kRowPairs; ++i) {
    UNROLLED for (int j = 0; j < kPairs; ++j) sums->of[i][j] = vdupq_n_s32(0);
  }
}

// Adds the products of one group of the depth.
I8MM_INLINE void add(Sums* sums, const int8x16_t rows[kRowPairs], const int8_t* columns) {
  UNROLLED for (int j = 0; j < kPairs; ++j) {
    int8x16_t two = vld1q_s8(columns + 2 * kOct * j);
    UNROLLED for (int i = 0; i < kRowPairs; ++i) {
      sums->of[i][j] = vmmlaq_s32(sums->of[i][j], rows[i], two);
    }
  }
}

// Four columns of each row of a pair, from column 4 j on.
I8MM_INLINE int32x4x2_t four(const Sums* sums, int pair, int j) {
  int32x4_t one = sums->of[pair][2 * j], next = sums->of[pair][2 * j + 1];
  int32x4x2_t rows;
  rows.val[0] = vcombine_s32(vget_low_s32(one), vget_low_s32(next));
  rows.val[1] = vcombine_s32(vget_high_s32(one), vget_high_s32(next));
  return rows;
}

I8MM void multiply_panel(const int8_t* left, size_t row, const int8_t* panel, const int32_t* starts,
                         const int32_t* parts, int32_t* to, size_t stride) {
  Sums sums;
  clear(&sums);
  for (size_t k = 0; k < row; k += kOct, panel += kGemmPanel * kOct) {
    int8x16_t rows[kRowPairs];
    UNROLLED for (int i = 0; i < kRowPairs; ++i) {
      const int8_t* first = left + (size_t)(2 * i) * row + k;
      rows[i] = vcombine_s8(vld1_s8(first), vld1_s8(first + row));
    }
    add(&sums, rows, panel);
  }
  UNROLLED for (int i = 0; i < kRowPairs; ++i) {
    UNROLLED for (int j = 0; j < kGemmPanel / 4; ++j) {
      int32x4x2_t rows = four(&sums, i, j);
      int32x4_t start = vld1q_s32(starts + 4 * j);
      for (int one = 0; one < 2; ++one) {
        int32x4_t first = vaddq_s32(start, vdupq_n_s32(parts[2 * i + one]));
        int32x4_t total = vaddq_s32(first, rows.val[one]);
        vst1q_s32(to + (size_t)(2 * i + one) * stride + 4 * j, total);
      }
    }
  }
}

static void multiply(const void* left, const void* right, size_t depth, size_t columns,
                     int32_t* sums, size_t stride) {
  size_t padded = gemm_padded(columns, kGemmPanel), row = gemm_padded(depth, kOct);
  const int32_t *starts = right, *parts = gemm_groups_row_parts(left, depth, kOct);
  const int8_t* panels = gemm_groups_panels(right, columns);
  for (size_t first = 0; first < padded; first += kGemmPanel) {
    multiply_panel(left, row, panels + first * row, starts + first, parts, sums + first, stride);
  }
}

// The seven low and the seven high bits of eight weights.
I8MM_INLINE int8x16_t halves(const int16_t* weights) {
  int16x8_t eight = vld1q_s16(weights);
  int8x8_t low = vmovn_s16(vandq_s16(eight, vdupq_n_s16((1 << kHalf) - 1)));
  return vcombine_s8(low, vshrn_n_s16(eight, kHalf));
}

// kRowPairs rows of one panel.
I8MM void mix_panel(const int16_t* weights, size_t weights_stride, const int8_t* panel,
                    size_t depth, const int32_t* starts, int32_t* to, size_t stride) {
  Sums sums;
  clear(&sums);
  for (size_t k = 0; k < depth; k += kOct, panel += kGemmPanel * kOct) {
    int8x16_t rows[kRowPairs];
    UNROLLED for (int i = 0; i < kRowPairs; ++i) {
      rows[i] = halves(weights + (size_t)i * weights_stride + k);
    }
    add(&sums, rows, panel);
  }
  UNROLLED for (int i = 0; i < kRowPairs; ++i) {
    UNROLLED for (int j = 0; j < kGemmPanel / 4; ++j) {
      int32x4x2_t parts = four(&sums, i, j);
      int32x4_t low = vaddq_s32(parts.val[0], vdupq_n_s32(starts[i]));
      int32x4_t total = vaddq_s32(low, vshlq_n_s32(parts.val[1], kHalf));
      vst1q_s32(to + (size_t)i * stride + 4 * j, total);
    }
  }
}

GEMM_OF_GROUPS(gemm_i8mm, kOct, multiply, mix_panel, kRowPairs)
#endif
