// The plain version of the int8 recurrent layers.
#define TARGET
#include "recurrent_loops.h"

static void multiply(const RecurrentProduct* product, const int8_t* vectors, size_t count,
                     int32_t* sums) {
  size_t depth = product->depth;
  for (size_t v = 0; v < count; ++v, vectors += depth, sums += product->rows) {
    for (size_t row = 0; row < product->rows; row += kRowGroup) {
      const int8_t* weights = product->weights + row * depth;
      int32_t sum[kRowGroup] = {0};
      for (size_t k = 0; k < depth; ++k) {
        const int8_t* group = weights + k / kDepthGroup * kDepthGroup * kRowGroup;
        const int8_t* column = group + k % kDepthGroup;
        for (int i = 0; i < kRowGroup; ++i) sum[i] += vectors[k] * column[i * kDepthGroup];
      }
      for (int i = 0; i < kRowGroup; ++i) sums[row + i] = sum[i];
    }
  }
}

const RecurrentVersion recurrent_scalar = RECURRENT_VERSION;
