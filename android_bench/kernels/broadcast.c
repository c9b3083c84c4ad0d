#include "broadcast.h"

#include <string.h>

#include "parallel.h"
#include "scratch.h"

enum {
  kShortRow = 64,    // shorter rows are put together, so that vectors are full
  kTogether = 4096,  // elements of short rows that are put together
};

// The axes of the output, outermost first, those of size 1 left out and neighbours made one where
// both operands allow it. A stride of 0 repeats the operand along an axis.
typedef struct {
  int rank;
  size_t sizes[KERNEL_MAX_RANK], a_strides[KERNEL_MAX_RANK], b_strides[KERNEL_MAX_RANK];
} Axes;

typedef struct {
  BroadcastFunction* function;
  const void* context;
  const int8_t *a, *b;
  int8_t* y;
  Axes axes;
} Work;

static int32_t size_at(const KernelShape* shape, int rank, int axis) {
  int own = axis - (rank - shape->rank);
  return own < 0 ? 1 : shape->dimensions[own];
}

static const char* broadcast(const KernelShape* a, const KernelShape* b, KernelShape* y) {
  int rank = a->rank > b->rank ? a->rank : b->rank;
  if (a->rank < 0 || b->rank < 0 || rank > KERNEL_MAX_RANK) return "too many dimensions";
  y->rank = rank;
  for (int axis = 0; axis < rank; ++axis) {
    int32_t left = size_at(a, rank, axis), right = size_at(b, rank, axis);
    if (left != right && left != 1 && right != 1) return "the shapes do not broadcast";
    y->dimensions[axis] = left == 1 ? right : left;
  }
  return NULL;
}

const char* broadcast_infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                            KernelShape* outputs) {
  if (num_inputs != 3 || num_outputs != 1) return BROADCAST_NEEDS;
  return broadcast(&inputs[0], &inputs[1], &outputs[0]);
}

static int same_shape(const KernelShape* x, const KernelShape* y) {
  if (x->rank != y->rank) return 0;
  return memcmp(x->dimensions, y->dimensions, (size_t)x->rank * sizeof *x->dimensions) == 0;
}

// Innermost first, then turned round.
static Axes axes_of(const KernelShape* a, const KernelShape* b, const KernelShape* y) {
  Axes found = {0};
  size_t a_stride = 1, b_stride = 1;
  for (int axis = y->rank - 1; axis >= 0; --axis) {
    size_t size = (size_t)y->dimensions[axis];
    size_t from_a = (size_t)size_at(a, y->rank, axis), from_b = (size_t)size_at(b, y->rank, axis);
    if (size == 1) continue;
    size_t left = from_a == 1 ? 0 : a_stride, right = from_b == 1 ? 0 : b_stride;
    int inner = found.rank - 1;
    if (inner >= 0 && left == found.a_strides[inner] * found.sizes[inner] &&
        right == found.b_strides[inner] * found.sizes[inner]) {
      found.sizes[inner] *= size;
    } else {
      found.sizes[found.rank] = size;
      found.a_strides[found.rank] = left;
      found.b_strides[found.rank++] = right;
    }
    a_stride *= from_a;
    b_stride *= from_b;
  }
  if (found.rank == 0) found = (Axes){1, {1}, {1}, {1}};
  Axes turned = {.rank = found.rank};
  for (int axis = 0; axis < found.rank; ++axis) {
    turned.sizes[axis] = found.sizes[found.rank - 1 - axis];
    turned.a_strides[axis] = found.a_strides[found.rank - 1 - axis];
    turned.b_strides[axis] = found.b_strides[found.rank - 1 - axis];
  }
  return turned;
}

// `rows` rows of an operand as one; the operand itself where its rows already lie so.
static const int8_t* together(const int8_t* x, size_t row, size_t step, size_t rows,
                              size_t columns, int8_t* into) {
  if (step == 1 && row == columns) return x;
  for (size_t i = 0; i < rows; ++i, into += columns, x += row) {
    if (step == 1) {
      memcpy(into, x, columns);
    } else {
      memset(into, *x, columns);
    }
  }
  return into - rows * columns;
}

static void run_short_rows(const Work* work, const BroadcastBlock* block, const int8_t* a,
                           const int8_t* b, int8_t* y, int8_t* memory) {
  size_t columns = block->columns, most = kTogether / columns;
  for (size_t row = 0; row < block->rows; row += most) {
    size_t rows = block->rows - row < most ? block->rows - row : most;
    const int8_t* left = together(a + row * block->a_row, block->a_row, block->a_step, rows,
                                  columns, memory);
    const int8_t* right = together(b + row * block->b_row, block->b_row, block->b_step, rows,
                                   columns, memory + kTogether);
    BroadcastBlock whole = {1, rows * columns, 0, 1, 0, 1};
    work->function(work->context, &whole, left, right, y + row * columns);
  }
}

static void run_block(const Work* work, const BroadcastBlock* block, const int8_t* a,
                      const int8_t* b, int8_t* y) {
  int8_t* memory = NULL;
  if (block->columns < kShortRow && block->rows > 1) memory = scratch(2 * kTogether);
  if (memory == NULL) {
    work->function(work->context, block, a, b, y);
  } else {
    run_short_rows(work, block, a, b, y, memory);
  }
}

// Elements [begin, end) of one axis.
static void run_elements(const void* context, size_t begin, size_t end) {
  const Work* work = context;
  size_t a_step = work->axes.a_strides[0], b_step = work->axes.b_strides[0];
  BroadcastBlock block = {1, end - begin, 0, a_step, 0, b_step};
  work->function(work->context, &block, work->a + begin * a_step, work->b + begin * b_step,
                 work->y + begin);
}

// Rows [begin, end), where a row is the last axis: those of one place in the outer axes at a time.
static void run_rows(const void* context, size_t begin, size_t end) {
  const Work* work = context;
  const Axes* axes = &work->axes;
  int last = axes->rank - 1;
  size_t columns = axes->sizes[last], per_place = axes->sizes[last - 1];
  while (begin < end) {
    size_t a = 0, b = 0, place = begin;
    for (int axis = last - 1; axis >= 0; --axis) {
      size_t index = place % axes->sizes[axis];
      place /= axes->sizes[axis];
      a += index * axes->a_strides[axis];
      b += index * axes->b_strides[axis];
    }
    size_t rows = per_place - begin % per_place;
    if (rows > end - begin) rows = end - begin;
    BroadcastBlock block = {rows,
                            columns,
                            axes->a_strides[last - 1],
                            axes->a_strides[last],
                            axes->b_strides[last - 1],
                            axes->b_strides[last]};
    run_block(work, &block, work->a + a, work->b + b, work->y + begin * columns);
    begin += rows;
  }
}

const char* broadcast_run(BroadcastFunction* function, const void* context, size_t least,
                          const KernelTensor* a, const KernelTensor* b, KernelTensor* y) {
  KernelShape shape = {0};
  const char* reason = broadcast(&a->shape, &b->shape, &shape);
  if (reason) return reason;
  if (!same_shape(&shape, &y->shape)) return "y has not the shape that a and b broadcast to";
  if (a->bytes < kernel_elements(&a->shape)) return "a is truncated";
  if (b->bytes < kernel_elements(&b->shape)) return "b is truncated";
  size_t elements = kernel_elements(&shape);
  if (y->bytes < elements) return "y is truncated";
  if (elements == 0) return NULL;
  Work work = {function, context, a->data, b->data, y->data, axes_of(&a->shape, &b->shape, &shape)};
  size_t columns = work.axes.sizes[work.axes.rank - 1];
  if (work.axes.rank == 1) {
    parallel_for(run_elements, &work, elements, least);
  } else {
    parallel_for(run_rows, &work, elements / columns, (least + columns - 1) / columns);
  }
  return NULL;
}
