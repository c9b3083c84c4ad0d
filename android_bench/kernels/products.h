// Products of matrices that lie where a block says, as tflitekit.batch_matmul and tflitekit.attention
// compute them: blocks of rows of the left operand, one after the other.
#ifndef TFLITEKIT_KERNELS_PRODUCTS_H_
#define TFLITEKIT_KERNELS_PRODUCTS_H_

#include <stddef.h>
#include <stdint.h>

#include "gemm.h"
#include "layout.h"
#include "requantize.h"

enum {
  kProductsAlignment = 64,           // of packed operands
  kProductsRows = 8 * kGemmRows,     // of a block
  kProductsMostInputs = 16,          // of a kernel
};

static inline size_t products_blocks(size_t rows) {
  return (rows + kProductsRows - 1) / kProductsRows;
}

static inline GemmMatrix products_matrix(const Layout* layout, const int8_t* data, size_t matrix,
                                         size_t rows, size_t columns, int32_t zero_point) {
  GemmMatrix found = {data + layout->offsets[matrix], layout->row, layout->column, rows, columns,
                      zero_point};
  return found;
}

// Where the rows of a product go, and how sums become int8.
typedef struct {
  const Layout* layout;
  int8_t* y;
  size_t columns;
  int32_t zero_point;
  RequantizeFunction* requantize;
} ProductsOutput;

// Writes a row of sums times `scale`; `bytes` has room for it where columns are apart.
static inline void products_write(const ProductsOutput* output, const int32_t* sums, float scale,
                                  size_t matrix, size_t row, int8_t* bytes) {
  const Layout* layout = output->layout;
  int8_t* y = output->y + layout->offsets[matrix] + (ptrdiff_t)row * layout->row;
  int8_t* to = layout->column == 1 ? y : bytes;
  output->requantize(sums, scale, output->zero_point, to, output->columns);
  if (layout->column == 1) return;
  for (size_t j = 0; j < output->columns; ++j) y[(ptrdiff_t)j * layout->column] = to[j];
}

#endif  // TFLITEKIT_KERNELS_PRODUCTS_H_
