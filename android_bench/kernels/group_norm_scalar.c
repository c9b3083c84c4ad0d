// In plain C; the vector versions leave the elements at the end of a line to it.
#include "group_norm.h"
#include "rounding.h"

static GroupNormSums sum_row(const int8_t* x, size_t n) {
  GroupNormSums sums = {0, 0};
  for (size_t i = 0; i < n; ++i) {
    sums.sum += x[i];
    sums.squares += x[i] * x[i];
  }
  return sums;
}

static void sum_columns(const int8_t* x, size_t rows, size_t stride, size_t n, int32_t* sums,
                        int32_t* squares) {
  for (size_t i = 0; i < n; ++i) sums[i] = squares[i] = 0;
  for (size_t row = 0; row < rows; ++row, x += stride) {
    for (size_t i = 0; i < n; ++i) {
      sums[i] += x[i];
      squares[i] += x[i] * x[i];
    }
  }
}

static inline int8_t scaled(int32_t x, const GroupNormLine* line, size_t statistic, size_t i) {
  float centered = ((float)x - line->mean[statistic]) * line->scale[statistic];
  float steps = centered * line->gain[i] + line->offset[i];
  return (int8_t)round_into(steps, (int32_t)line->low, (int32_t)line->high);
}

static void scale_row(const int8_t* x, const GroupNormLine* line, int8_t* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = scaled(x[i], line, 0, i);
}

static void scale_columns(const int8_t* x, const GroupNormLine* line, int8_t* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = scaled(x[i], line, i, i);
}

const GroupNorm* group_norm_scalar(void) {
  static const GroupNorm version = {sum_row, sum_columns, scale_row, scale_columns};
  return &version;
}
