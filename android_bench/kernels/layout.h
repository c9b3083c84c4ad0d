// Where the matrices of a tensor lie, as a parameter block says: tflitekit/kernels/operands/packed.py.
#ifndef TFLITEKIT_KERNELS_LAYOUT_H_
#define TFLITEKIT_KERNELS_LAYOUT_H_

#include <stddef.h>
#include <stdint.h>

#include "block.h"

// Element [i, j] of matrix b is at offsets[b] + i * row + j * column, of `size` elements. Steps may
// be negative.
typedef struct {
  const int32_t* offsets;
  ptrdiff_t row, column;
  int32_t size;
} Layout;

// The product of a count and a step; a number too large for any tensor where it overflows.
static inline int64_t layout_reach(int64_t count, int64_t step) {
  int64_t reach;
  return __builtin_mul_overflow(count, step, &reach) ? INT64_MAX / 4 : reach;
}

// Whether a tensor has as many elements as the layout says, and `matrices` matrices of these sizes all
// lie among them.
static inline int layout_fits(const Layout* layout, size_t matrices, size_t rows,
                                   size_t columns, size_t elements) {
  if (layout->size < 0 || (size_t)layout->size != elements) return 0;
  if (matrices == 0 || rows == 0 || columns == 0) return 1;
  int64_t down = layout_reach((int64_t)rows - 1, layout->row);
  int64_t right = layout_reach((int64_t)columns - 1, layout->column);
  int64_t lowest = (down < 0 ? down : 0) + (right < 0 ? right : 0);
  int64_t highest = (down > 0 ? down : 0) + (right > 0 ? right : 0);
  for (size_t i = 0; i < matrices; ++i) {
    int64_t first = layout->offsets[i];
    if (first + lowest < 0 || first + highest >= (int64_t)elements) return 0;
  }
  return 1;
}

// What is wrong where one of `count` layouts does not fit its tensor, of which `sizes` has rows, columns
// and elements; NULL where nothing is.
static inline const char* layouts_check(const Layout* layouts, size_t count, size_t matrices,
                                        const size_t sizes[][3]) {
  for (size_t i = 0; i < count; ++i) {
    if (!layout_fits(&layouts[i], matrices, sizes[i][0], sizes[i][1], sizes[i][2])) {
      return "a tensor has another size than the block says";
    }
  }
  return NULL;
}

// Takes `count` layouts off a block: their steps, then the offsets of the matrices of each. Returns
// whether they are there.
static inline int layout_take(Block* block, Layout* layouts, size_t count, size_t matrices) {
  const int32_t* steps = block_take(block, 3 * count, sizeof *steps);
  if (steps == NULL) return 0;
  for (size_t i = 0; i < count; ++i) {
    layouts[i].row = steps[3 * i];
    layouts[i].column = steps[3 * i + 1];
    layouts[i].size = steps[3 * i + 2];
    layouts[i].offsets = block_take(block, matrices, sizeof *layouts[i].offsets);
    if (layouts[i].offsets == NULL) return 0;
  }
  return 1;
}

// The shape of an output, as `shaped` of operands/packed.py tells it: the first operand's, or that of
// the sizes before the block, which is the last input. Returns how many inputs there are before the
// sizes, or -1 where they do not fit.
static inline int layout_infer(size_t num_inputs, const KernelShape* inputs, KernelShape* output) {
  if (num_inputs == 0) return -1;
  int rank = inputs[num_inputs - 1].rank - 1;
  if (rank < 0 || rank > KERNEL_MAX_RANK || (size_t)rank + 1 > num_inputs) return -1;
  size_t first = num_inputs - 1 - (size_t)rank;
  *output = inputs[0];
  if (rank == 0) return (int)first;
  output->rank = rank;
  for (int axis = 0; axis < rank; ++axis) {
    if (inputs[first + (size_t)axis].rank != 1) return -1;
    output->dimensions[axis] = inputs[first + (size_t)axis].dimensions[0];
  }
  return (int)first;
}

#endif  // TFLITEKIT_KERNELS_LAYOUT_H_
