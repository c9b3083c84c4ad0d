// tflitekit.cast: integers and truth values as int8 that stand for them.
//
// Inputs: x bool, int32 or int64; the block: the header. Output: y int8 of x's shape,
// round(x * scale + zero_point).
#include "block.h"
#include "element.h"
#include "parallel.h"
#include "requantize.h"
#include "rounding.h"
#include "table.h"
#include "same_shape.h"
#include "tflitekit_kernel.h"

enum { kLeast = 16384, kChunk = 256 };  // elements that are worth a thread, or narrowed at a time

typedef struct {
  float scale;
  int32_t zero_point;
} Header;

typedef struct {
  const Header* header;
  const void* x;
  int8_t* y;
  RequantizeFunction* requantize;
  TableFunction* look_up;
  int8_t table[256];  // of truth values; all but false are true
} Work;

static void cast_bool(const void* context, size_t begin, size_t end) {
  const Work* work = context;
  work->look_up((const int8_t*)work->x + begin, work->table, work->y + begin, end - begin);
}

static void cast_int32(const void* context, size_t begin, size_t end) {
  const Work* work = context;
  const int32_t* x = work->x;
  work->requantize(x + begin, work->header->scale, work->header->zero_point, work->y + begin,
                   end - begin);
}

static void cast_int64(const void* context, size_t begin, size_t end) {
  const Work* work = context;
  const int64_t* x = work->x;
  int32_t narrow[kChunk];
  for (size_t i = begin; i < end; i += kChunk) {
    size_t n = end - i < kChunk ? end - i : kChunk;
    for (size_t j = 0; j < n; ++j) {
      int64_t value = x[i + j];
      narrow[j] = (int32_t)(value < INT32_MIN ? INT32_MIN : value > INT32_MAX ? INT32_MAX : value);
    }
    work->requantize(narrow, work->header->scale, work->header->zero_point, work->y + i, n);
  }
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 2 || num_outputs != 1) return SAME_SHAPE_NEEDS;
  if (outputs[0].element_type != kElement_int8) return "y must be int8";
  size_t size;
  ParallelTask* task;
  switch (inputs[0].element_type) {
    case kElement_bool: size = 1, task = cast_bool; break;
    case kElement_int32: size = 4, task = cast_int32; break;
    case kElement_int64: size = 8, task = cast_int64; break;
    default: return "x must be bool, int32 or int64";
  }
  Block block = block_open(&inputs[1]);
  const Header* header = block_take(&block, 1, sizeof *header);
  if (header == NULL) return "the parameters are truncated";
  if (outputs[0].bytes < inputs[0].bytes / size) return "y is smaller than x";
  if (header->zero_point < INT8_MIN || header->zero_point > INT8_MAX) {
    return "the zero point is no int8";
  }
  Work work = {.header = header,
               .x = inputs[0].data,
               .y = outputs[0].data,
               .requantize = requantize_best(),
               .look_up = table_best()};
  for (int i = 0; i < 256; ++i) {
    work.table[i] = requantize(i != 128, header->scale, header->zero_point);
  }
  parallel_for(task, &work, inputs[0].bytes / size, kLeast);
  return NULL;
}

const Kernel kernel_cast = {"tflitekit.cast", same_shape_infer, run};
