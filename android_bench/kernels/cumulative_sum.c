// tflitekit.cumulative_sum: running sums along an axis.
//
// Inputs: x int8; the block: the header. Output: y int8 of x's shape.
#include "block.h"
#include "element.h"
#include "parallel.h"
#include "requantize.h"
#include "same_shape.h"
#include "tflitekit_kernel.h"

enum { kLeast = 16384, kChunk = 256 };  // elements that are worth a thread, or summed at a time

typedef struct {
  int32_t axis, exclusive, reverse, x_zero, y_zero;
  float scale;
} Header;

typedef struct {
  const Header* header;
  const int8_t* x;
  int8_t* y;
  size_t length, inner;  // elements along the axis, and from one to the next
  RequantizeFunction* requantize;
} Work;

// The sums of some neighbouring columns, at most kChunk.
static void sum_columns(const Work* work, size_t first, size_t columns) {
  const Header* header = work->header;
  int32_t sums[kChunk] = {0};
  for (size_t i = 0; i < work->length; ++i) {
    size_t at = first + (header->reverse ? work->length - 1 - i : i) * work->inner;
    const int8_t* x = work->x + at;
    if (header->exclusive) {
      work->requantize(sums, header->scale, header->y_zero, work->y + at, columns);
    }
    for (size_t j = 0; j < columns; ++j) sums[j] += x[j] - header->x_zero;
    if (!header->exclusive) {
      work->requantize(sums, header->scale, header->y_zero, work->y + at, columns);
    }
  }
}

// The sums of one row, where the axis is the last one. `sums` holds what is before and behind each
// element: an exclusive sum is on one side of it, the other on the other.
static void sum_row(const Work* work, size_t first) {
  const Header* header = work->header;
  int32_t sums[kChunk + 1], total = 0, zero = header->x_zero;
  for (size_t i = 0; i < work->length; i += kChunk) {
    size_t n = work->length - i < kChunk ? work->length - i : kChunk;
    size_t begin = first + (header->reverse ? work->length - i - n : i);
    const int8_t* x = work->x + begin;
    if (header->reverse) {
      sums[n] = total;
      for (size_t j = n; j > 0; --j) sums[j - 1] = total += x[j - 1] - zero;
    } else {
      sums[0] = total;
      for (size_t j = 0; j < n; ++j) sums[j + 1] = total += x[j] - zero;
    }
    const int32_t* from = sums + (header->reverse == header->exclusive);
    work->requantize(from, header->scale, header->y_zero, work->y + begin, n);
  }
}

// Parts [begin, end): rows of the last axis, or else all columns of one place in the outer axes.
static void run_parts(const void* context, size_t begin, size_t end) {
  const Work* work = context;
  for (size_t part = begin; part < end; ++part) {
    size_t first = part * work->length * work->inner;
    if (work->inner == 1) {
      sum_row(work, first);
      continue;
    }
    for (size_t i = 0; i < work->inner; i += kChunk) {
      sum_columns(work, first + i, work->inner - i < kChunk ? work->inner - i : kChunk);
    }
  }
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 2 || num_outputs != 1) return SAME_SHAPE_NEEDS;
  if (inputs[0].element_type != kElement_int8 || outputs[0].element_type != kElement_int8) {
    return "x and y must be int8";
  }
  Block block = block_open(&inputs[1]);
  const Header* header = block_take(&block, 1, sizeof *header);
  if (header == NULL) return "the parameters are truncated";
  const KernelShape* shape = &inputs[0].shape;
  if ((header->reverse | header->exclusive) & ~1) return "a truth value is neither 0 nor 1";
  if (header->axis < 0 || header->axis >= shape->rank) return "x has no such axis";
  if (header->x_zero < INT8_MIN || header->x_zero > INT8_MAX || header->y_zero < INT8_MIN ||
      header->y_zero > INT8_MAX) {
    return "a zero point is no int8";
  }
  size_t elements = kernel_elements(shape), inner = 1;
  if (inputs[0].bytes < elements || outputs[0].bytes < elements) return "x or y is truncated";
  if (elements == 0) return NULL;
  for (int axis = header->axis + 1; axis < shape->rank; ++axis) {
    inner *= (size_t)shape->dimensions[axis];
  }
  size_t length = (size_t)shape->dimensions[header->axis];
  if (length > 1 << 23) return "the axis is too long for int32";
  Work work = {header, inputs[0].data, outputs[0].data, length, inner, requantize_best()};
  size_t part = length * inner;
  parallel_for(run_parts, &work, elements / part, kLeast / part + 1);
  return NULL;
}

const Kernel kernel_cumulative_sum = {"tflitekit.cumulative_sum", same_shape_infer, run};
