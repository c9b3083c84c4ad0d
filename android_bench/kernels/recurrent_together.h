// Products with weights, some vectors side by side, so that what is loaded of the weights serves all of
// them. The file that includes this has defined TARGET, kTogether, the vectors at a time, and `rows_of`,
// which sums kRowGroup rows of weights for `count` vectors, `stride` sums apart.
#include "recurrent_int8.h"

TARGET static inline __attribute__((always_inline)) void all_rows(
    const RecurrentProduct* product, const int8_t* vectors, int count, int32_t* sums) {
  size_t depth = product->depth, rows = product->rows;
  for (size_t row = 0; row < rows; row += kRowGroup) {
    rows_of(product->weights + row * depth, vectors, depth, count, sums + row, rows);
  }
}

TARGET static void multiply(const RecurrentProduct* product, const int8_t* vectors, size_t count,
                            int32_t* sums) {
  size_t depth = product->depth, rows = product->rows, v = 0;
  for (; v + kTogether <= count; v += kTogether) {
    all_rows(product, vectors + v * depth, kTogether, sums + v * rows);
  }
  for (; v < count; ++v) all_rows(product, vectors + v * depth, 1, sums + v * rows);
}
