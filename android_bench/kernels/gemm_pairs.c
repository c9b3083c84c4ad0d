#include "gemm_pairs.h"

#include <string.h>

enum { kPair = 2, kAlignment = 64 };

size_t gemm_pairs_left_bytes(size_t depth) {
  return gemm_padded(kGemmRows * gemm_padded(depth, kPair) * sizeof(int16_t), kAlignment);
}

size_t gemm_pairs_right_bytes(size_t depth, size_t columns) {
  return gemm_padded(columns, kGemmPanel) * gemm_padded(depth, kPair) * sizeof(int16_t);
}

void gemm_pairs_pack_left(const GemmMatrix* left, size_t first, int32_t right_zero_point,
                          void* packed) {
  (void)right_zero_point;
  size_t depth = gemm_padded(left->columns, kPair);
  size_t rows = left->rows - first < kGemmRows ? left->rows - first : kGemmRows;
  int16_t* to = packed;
  memset(to, 0, kGemmRows * depth * sizeof *to);
  for (size_t i = 0; i < rows; ++i) {
    const int8_t* from = left->data + (ptrdiff_t)(first + i) * left->row;
    for (size_t k = 0; k < left->columns; ++k) {
      to[i * depth + k] = (int16_t)(from[(ptrdiff_t)k * left->column] - left->zero_point);
    }
  }
}

static int16_t element(const GemmMatrix* matrix, size_t row, size_t column) {
  if (row >= matrix->rows || column >= matrix->columns) return 0;
  ptrdiff_t place = (ptrdiff_t)row * matrix->row + (ptrdiff_t)column * matrix->column;
  return (int16_t)(matrix->data[place] - matrix->zero_point);
}

void gemm_pairs_pack_values(const GemmMatrix* values, void* packed) {
  int16_t* to = packed;
  for (size_t column = 0; column < values->columns; column += kGemmPanel) {
    for (size_t k = 0; k < values->rows; k += kPair) {
      for (size_t j = column; j < column + kGemmPanel; ++j) {
        *to++ = element(values, k, j);
        *to++ = element(values, k + 1, j);
      }
    }
  }
}
