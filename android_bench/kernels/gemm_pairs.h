// Operands of a product as int16, less their zero points, two of the depth together: the layout of
// multiply-and-add instructions, and of plain C.
//
// A left operand is [kGemmRows][depth, even], a right one [panels][depth / 2][kGemmPanel][2].
#ifndef TFLITEKIT_KERNELS_GEMM_PAIRS_H_
#define TFLITEKIT_KERNELS_GEMM_PAIRS_H_

#include "gemm.h"

size_t gemm_pairs_left_bytes(size_t depth);
size_t gemm_pairs_right_bytes(size_t depth, size_t columns);
void gemm_pairs_pack_left(const GemmMatrix* left, size_t first, int32_t right_zero_point,
                          void* packed);
void gemm_pairs_pack_values(const GemmMatrix* values, void* packed);

// A version of which all operands are pairs: what it multiplies are weights and values too.
#define GEMM_OF_PAIRS(version, mix_, pack_values_)                                            \
  static void multiply(const void* left, const void* right, size_t depth, size_t columns,     \
                       int32_t* sums, size_t stride) {                                        \
    mix_(left, gemm_padded(depth, 2), right, depth, columns, sums, stride);                   \
  }                                                                                           \
  static void pack_right(const GemmMatrix* right, int32_t left_zero_point, void* packed) {    \
    (void)left_zero_point;                                                                    \
    pack_values_(right, packed);                                                              \
  }                                                                                           \
  const Gemm version = {                                                                      \
      .left_bytes = gemm_pairs_left_bytes,                                                    \
      .right_bytes = gemm_pairs_right_bytes,                                                  \
      .pack_left = gemm_pairs_pack_left,                                                      \
      .pack_right = pack_right,                                                               \
      .multiply = multiply,                                                                   \
      .values_bytes = gemm_pairs_right_bytes,                                                 \
      .pack_values = pack_values_,                                                            \
      .mix = mix_,                                                                            \
  };

#endif  // TFLITEKIT_KERNELS_GEMM_PAIRS_H_
