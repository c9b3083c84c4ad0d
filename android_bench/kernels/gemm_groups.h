// Operands of a product as int8, a group of the depth together: the layout of instructions that add
// up the products of 4 or 8 bytes. Zero points are in what is added to the sums.
//
// A left operand is [kGemmRows][depth, padded to groups] bytes and what is added to each row's sums,
// a right one [panels][groups][kGemmPanel][group] bytes behind what each column's sums start with.
// Functions are inline so that the size of a group is a constant in them.
#ifndef TFLITEKIT_KERNELS_GEMM_GROUPS_H_
#define TFLITEKIT_KERNELS_GEMM_GROUPS_H_

#include <string.h>

#include "gemm.h"

enum { kGemmGroupsAlignment = 64 };

static inline size_t gemm_groups_left_bytes(size_t depth, size_t group) {
  size_t row = gemm_padded(depth, group) + sizeof(int32_t);
  return gemm_padded(kGemmRows * row, kGemmGroupsAlignment);
}

static inline size_t gemm_groups_right_bytes(size_t depth, size_t columns, size_t group) {
  return gemm_padded(columns, kGemmPanel) * (gemm_padded(depth, group) + sizeof(int32_t));
}

// What is added to the sums of each row of a left operand.
static inline int32_t* gemm_groups_row_parts(const void* left, size_t depth, size_t group) {
  return (int32_t*)((int8_t*)left + kGemmRows * gemm_padded(depth, group));
}

// The panels of a right operand.
static inline const int8_t* gemm_groups_panels(const void* right, size_t columns) {
  return (const int8_t*)right + gemm_padded(columns, kGemmPanel) * sizeof(int32_t);
}

static inline void gemm_groups_pack_left(const GemmMatrix* left, size_t first,
                                         int32_t right_zero_point, size_t group, void* packed) {
  size_t depth = left->columns, row = gemm_padded(depth, group);
  size_t rows = left->rows - first < kGemmRows ? left->rows - first : kGemmRows;
  int8_t* to = packed;
  int32_t* parts = gemm_groups_row_parts(packed, depth, group);
  memset(packed, 0, gemm_groups_left_bytes(depth, group));
  for (size_t i = 0; i < rows; ++i, to += row) {
    const int8_t* from = left->data + (ptrdiff_t)(first + i) * left->row;
    int32_t sum = 0;
    for (size_t k = 0; k < depth; ++k) {
      to[k] = from[(ptrdiff_t)k * left->column];
      sum += to[k] - left->zero_point;
    }
    parts[i] = -right_zero_point * sum;
  }
}

// The sums of a column start with the sum of its bytes times a factor.
static inline void gemm_groups_pack_right(const GemmMatrix* right, int32_t factor, size_t group,
                                          void* packed) {
  size_t columns = gemm_padded(right->columns, kGemmPanel);
  size_t depth = gemm_padded(right->rows, group);
  int32_t* starts = packed;
  int8_t* to = (int8_t*)(starts + columns);
  memset(packed, 0, gemm_groups_right_bytes(right->rows, right->columns, group));
  for (size_t j = 0; j < right->columns; ++j) {
    int8_t* panel = to + j / kGemmPanel * kGemmPanel * depth + j % kGemmPanel * group;
    const int8_t* from = right->data + (ptrdiff_t)j * right->column;
    int32_t sum = 0;
    for (size_t k = 0; k < right->rows; ++k) {
      int8_t value = from[(ptrdiff_t)k * right->row];
      panel[k / group * kGemmPanel * group + k % group] = value;
      sum += value;
    }
    starts[j] = sum * factor;
  }
}

// Values are a right operand with their zero point behind it, which is taken, times the sum of its
// weights, from each sum.
static inline size_t gemm_groups_values_bytes(size_t depth, size_t columns, size_t group) {
  size_t right = gemm_groups_right_bytes(depth, columns, group);
  return gemm_padded(right + sizeof(int32_t), kGemmGroupsAlignment);
}

static inline void gemm_groups_pack_values(const GemmMatrix* values, size_t group, void* packed) {
  gemm_groups_pack_right(values, 0, group, packed);
  int8_t* end = (int8_t*)packed + gemm_groups_right_bytes(values->rows, values->columns, group);
  memcpy(end, &values->zero_point, sizeof values->zero_point);
}

// What the sums of each row of weights start with. `right` is where the zero point is.
static inline void gemm_groups_weigh_zero_point(const int16_t* weights, size_t weights_stride,
                                                const void* values, size_t right, size_t depth,
                                                int32_t starts[kGemmRows]) {
  int32_t zero_point;
  memcpy(&zero_point, (const int8_t*)values + right, sizeof zero_point);
  for (size_t i = 0; i < kGemmRows; ++i) {
    int32_t sum = 0;
    for (size_t k = 0; k < depth; ++k) sum += weights[i * weights_stride + k];
    starts[i] = -zero_point * sum;
  }
}

// Sums of some rows of weights times a panel of values, which begin with `starts`.
typedef void GemmGroupsMix(const int16_t* weights, size_t weights_stride, const int8_t* panel,
                           size_t depth, const int32_t* starts, int32_t* sums, size_t stride);

// `mix` of a version, whose `mix_panel` takes `rows` rows at a time.
static inline __attribute__((always_inline)) void gemm_groups_mix(
    GemmGroupsMix* mix_panel, size_t rows, size_t group, const int16_t* weights,
    size_t weights_stride, const void* values, size_t depth, size_t columns, int32_t* sums,
    size_t stride) {
  size_t padded = gemm_padded(columns, kGemmPanel), groups = gemm_padded(depth, group);
  const int8_t* panels = gemm_groups_panels(values, columns);
  int32_t starts[kGemmRows];
  gemm_groups_weigh_zero_point(weights, weights_stride, values,
                               gemm_groups_right_bytes(depth, columns, group), depth, starts);
  for (size_t first = 0; first < padded; first += kGemmPanel) {
    for (size_t i = 0; i < kGemmRows; i += rows) {
      mix_panel(weights + i * weights_stride, weights_stride, panels + first * groups, groups,
                starts + i, sums + i * stride + first, stride);
    }
  }
}

// A version for groups of one size.
#define GEMM_OF_GROUPS(version, group, multiply_, mix_panel, rows)                             \
  static size_t left_bytes(size_t depth) { return gemm_groups_left_bytes(depth, group); }      \
  static size_t right_bytes(size_t depth, size_t columns) {                                    \
    return gemm_groups_right_bytes(depth, columns, group);                                     \
  }                                                                                            \
  static size_t values_bytes(size_t depth, size_t columns) {                                   \
    return gemm_groups_values_bytes(depth, columns, group);                                    \
  }                                                                                            \
  static void pack_left(const GemmMatrix* left, size_t first, int32_t right_zero_point,        \
                        void* packed) {                                                        \
    gemm_groups_pack_left(left, first, right_zero_point, group, packed);                       \
  }                                                                                            \
  static void pack_right(const GemmMatrix* right, int32_t left_zero_point, void* packed) {     \
    gemm_groups_pack_right(right, -left_zero_point, group, packed);                            \
  }                                                                                            \
  static void pack_values(const GemmMatrix* values, void* packed) {                            \
    gemm_groups_pack_values(values, group, packed);                                            \
  }                                                                                            \
  static void mix(const int16_t* weights, size_t weights_stride, const void* values,           \
                  size_t depth, size_t columns, int32_t* sums, size_t stride) {                \
    gemm_groups_mix(mix_panel, rows, group, weights, weights_stride, values, depth, columns,   \
                    sums, stride);                                                             \
  }                                                                                            \
  const Gemm version = {                                                                       \
      .left_bytes = left_bytes,                                                                \
      .right_bytes = right_bytes,                                                              \
      .pack_left = pack_left,                                                                  \
      .pack_right = pack_right,                                                                \
      .multiply = multiply_,                                                                   \
      .values_bytes = values_bytes,                                                            \
      .pack_values = pack_values,                                                              \
      .mix = mix,                                                                              \
  };

#endif  // TFLITEKIT_KERNELS_GEMM_GROUPS_H_
