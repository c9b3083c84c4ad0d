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
void gemm_pairs_pack_right(const GemmMatrix* right, int32_t left_zero_point, void* packed);
void gemm_pairs_pack_values(const GemmMatrix* values, void* packed);

#endif  // TFLITEKIT_KERNELS_GEMM_PAIRS_H_
