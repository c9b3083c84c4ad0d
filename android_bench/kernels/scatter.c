// tflitekit.scatter: slices of a tensor replaced at computed places, or the sums of such slices;
// tflitekit/kernels/scatter.py is the specification.
//
// Inputs: updates int8 [places..., slice...]; the background int8; indices int32 or int64
// [places..., depth]; the block: the header. Output: y int8 of the background's shape, whose first
// `depth` axes the indices choose a slice of.
#include <string.h>

#include "block.h"
#include "element.h"
#include "indices.h"
#include "scratch.h"
#include "tflitekit_kernel.h"

typedef struct {
  int32_t adds;  // whether updates of one place are added up, instead of the last one staying
  int32_t zero;
} Header;

static void add(int8_t* y, const int8_t* x, size_t n, int32_t zero) {
  for (size_t i = 0; i < n; ++i) {
    int32_t sum = y[i] + x[i] - zero;
    y[i] = (int8_t)(sum < INT8_MIN ? INT8_MIN : sum > INT8_MAX ? INT8_MAX : sum);
  }
}

typedef struct {
  const Header* header;
  const KernelTensor *updates, *indices;
  size_t slice;    // elements of one
  uint8_t* taken;  // whether each slice of y has been written to; NULL where updates replace
  KernelTensor* y;
} Work;

// The place among the slices of y that the i-th update goes to; -1 where there is none.
static int64_t place_of(const Work* work, size_t i, size_t depth) {
  int64_t place = 0;
  for (size_t axis = 0; axis < depth; ++axis) {
    int64_t index = indices_at(work->indices, i * depth + axis);
    int64_t size = work->y->shape.dimensions[axis];
    if (index < 0 || index >= size) return -1;
    place = place * size + index;
  }
  return place;
}

// One slice after the other; NULL, or what is wrong with an index.
static const char* scatter(const Work* work) {
  size_t depth = (size_t)work->indices->shape.dimensions[work->indices->shape.rank - 1];
  size_t slice = work->slice;
  size_t slices = slice == 0 ? 0 : kernel_elements(&work->updates->shape) / slice;
  const int8_t* x = work->updates->data;
  for (size_t i = 0; i < slices; ++i, x += slice) {
    int64_t place = place_of(work, i, depth);
    if (place < 0) return "an index is outside of the tensor";
    int8_t* to = (int8_t*)work->y->data + (size_t)place * slice;
    if (work->taken != NULL && work->taken[place]) {
      add(to, x, slice, work->header->zero);
    } else {
      memcpy(to, x, slice);
    }
    if (work->taken != NULL) work->taken[place] = 1;
  }
  return NULL;
}

static int same_sizes(const KernelShape* x, int x_axis, const KernelShape* y, int y_axis,
                      int count) {
  for (int i = 0; i < count; ++i) {
    if (x->dimensions[x_axis + i] != y->dimensions[y_axis + i]) return 0;
  }
  return 1;
}

// That the updates are a slice of y for every place of the indices.
static const char* check_shapes(const KernelShape* updates, const KernelShape* indices,
                                const KernelShape* y) {
  int places = indices->rank - 1;
  if (places < 0) return "the indices have no axes";
  int depth = indices->dimensions[places];
  if (depth < 0 || depth > y->rank) return "the indices have more axes than y";
  if (updates->rank != places + y->rank - depth || !same_sizes(updates, 0, indices, 0, places) ||
      !same_sizes(updates, places, y, depth, y->rank - depth)) {
    return "the updates do not fit the indices";
  }
  return NULL;
}

static const char* check_types(const KernelTensor* inputs, const KernelTensor* y) {
  if (inputs[0].element_type != kElement_int8 || inputs[1].element_type != kElement_int8 ||
      y->element_type != kElement_int8) {
    return "updates, background and y must be int8";
  }
  size_t size = indices_size(&inputs[2]);
  if (size == 0) return "the indices must be int32 or int64";
  if (inputs[0].bytes < kernel_elements(&inputs[0].shape)) return "the updates are truncated";
  if (inputs[2].bytes / size < kernel_elements(&inputs[2].shape)) {
    return "the indices are truncated";
  }
  size_t elements = kernel_elements(&y->shape);
  if (y->bytes < elements || inputs[1].bytes < elements) return "y or the background is truncated";
  return NULL;
}

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  if (num_inputs != 4 || num_outputs != 1) return "needs four inputs and one output";
  outputs[0] = inputs[1];
  return check_shapes(&inputs[0], &inputs[2], &inputs[1]);
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 4 || num_outputs != 1) return "needs four inputs and one output";
  const KernelShape *background = &inputs[1].shape, *shape = &outputs[0].shape;
  if (background->rank != shape->rank || !same_sizes(background, 0, shape, 0, shape->rank)) {
    return "y has not the background's shape";
  }
  const char* reason = check_types(inputs, outputs);
  if (reason == NULL) reason = check_shapes(&inputs[0].shape, &inputs[2].shape, shape);
  if (reason) return reason;
  Block block = block_open(&inputs[3]);
  const Header* header = block_take(&block, 1, sizeof *header);
  if (header == NULL) return "the parameters are truncated";
  if (header->zero < INT8_MIN || header->zero > INT8_MAX) return "the zero point is no int8";
  memcpy(outputs[0].data, inputs[1].data, kernel_elements(shape));
  size_t slice = 1;
  const KernelShape* indices = &inputs[2].shape;
  for (int axis = indices->dimensions[indices->rank - 1]; axis < shape->rank; ++axis) {
    slice *= (size_t)shape->dimensions[axis];
  }
  Work work = {header, &inputs[0], &inputs[2], slice, NULL, &outputs[0]};
  if (header->adds && slice > 0) {
    size_t slices = kernel_elements(shape) / slice;
    work.taken = scratch(slices + 1);
    if (work.taken == NULL) return "there is no memory";
    memset(work.taken, 0, slices);
  }
  return scatter(&work);
}

const Kernel kernel_scatter = {"tflitekit.scatter", infer, run};
