#include "float_product.h"

#include <stddef.h>

#include "isa.h"

enum { kTogether = 8 };  // rows of weights that are read side by side

// sum[j] += values[k] * weights[k][j] for one k after the other.
static inline __attribute__((always_inline)) void add_rows(const float* restrict values,
                                                           int32_t depth,
                                                           const float* restrict weights,
                                                           int32_t rows, float* restrict sum) {
  int32_t k = 0;
  for (; k + kTogether <= depth; k += kTogether) {
    const float* row = weights + (size_t)k * rows;
    for (int32_t j = 0; j < rows; ++j) {
      float kept = sum[j];
      for (int i = 0; i < kTogether; ++i) kept += values[k + i] * row[(size_t)i * rows + j];
      sum[j] = kept;
    }
  }
  for (; k < depth; ++k) {
    const float* row = weights + (size_t)k * rows;
    for (int32_t j = 0; j < rows; ++j) sum[j] += values[k] * row[j];
  }
}

typedef void AddRows(const float* values, int32_t depth, const float* weights, int32_t rows,
                     float* sum);

static void add_rows_scalar(const float* values, int32_t depth, const float* weights, int32_t rows,
                            float* sum) {
  add_rows(values, depth, weights, rows, sum);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void add_rows_avx2(const float* values, int32_t depth,
                                                          const float* weights, int32_t rows,
                                                          float* sum) {
  add_rows(values, depth, weights, rows, sum);
}

static AddRows* best_add_rows(void) {
  return isa_may_use("avx2") ? add_rows_avx2 : add_rows_scalar;
}
#else
static AddRows* best_add_rows(void) { return add_rows_scalar; }
#endif

void float_product_add(const int32_t* sources, int32_t taps, int32_t positions, const float* map,
                       int32_t depth, const float* weights, int32_t rows, float* sums) {
  AddRows* add = best_add_rows();
  for (int32_t position = 0; position < positions; ++position, sources += taps) {
    float* sum = sums + (size_t)position * rows;
    for (int32_t tap = 0; tap < taps; ++tap) {
      if (sources[tap] < 0) continue;
      const float* values = map + (size_t)sources[tap] * depth;
      add(values, depth, weights + (size_t)tap * depth * rows, rows, sum);
    }
  }
}
