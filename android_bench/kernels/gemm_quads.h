// How the products of gemm_avx512vnni.c take their operands: bytes of quads, four of the depth
// together, the left ones unsigned; weights and values as pairs of int16. Behind the depth the right
// ones are 0, the left ones anything.
//
// A left operand is [kGemmRows][depth, padded to quads] bytes, 128 more than they were, and what is
// added to each row's sums; a right one [panels][depth / 4][kGemmPanel][4] bytes behind what each
// column's sums start with.
#ifndef TFLITEKIT_KERNELS_GEMM_QUADS_H_
#define TFLITEKIT_KERNELS_GEMM_QUADS_H_

#include "gemm.h"

enum { kQuad = 4 };

// As `Gemm` has them.
size_t gemm_quads_left_bytes(size_t depth);
size_t gemm_quads_right_bytes(size_t depth, size_t columns);
void gemm_quads_pack_left(const GemmMatrix* left, size_t first, int32_t right_zero_point,
                          void* packed);
void gemm_quads_pack_right(const GemmMatrix* right, int32_t left_zero_point, void* packed);
void gemm_quads_pack_values(const GemmMatrix* values, void* packed);

// Bytes of a row of a packed left operand.
static inline size_t gemm_quads_row(size_t depth) { return gemm_padded(depth, kQuad); }

// What is added to the sums of each row of a packed left operand.
static inline int32_t* gemm_quads_row_parts(const void* packed, size_t depth) {
  return (int32_t*)((uint8_t*)packed + kGemmRows * gemm_quads_row(depth));
}

#endif  // TFLITEKIT_KERNELS_GEMM_QUADS_H_
