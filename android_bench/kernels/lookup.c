// tflitekit.lookup: y = table[x + 128], for functions of one int8 value that give truth values or
// integers.
//
// Inputs: x int8; table int8 [256 * the size of an element of y]. Output: y bool, int32 or int64,
// of x's shape.
#include "element.h"
#include "parallel.h"
#include "table.h"
#include "same_shape.h"
#include "tflitekit_kernel.h"

enum { kValues = 256, kLeast = 16384 };  // values of an int8; elements that are worth a thread

typedef struct {
  const int8_t* x;
  const void* table;
  void* y;
  TableFunction* bytes;
} Work;

static void look_up_bytes(const void* context, size_t begin, size_t end) {
  const Work* work = context;
  work->bytes(work->x + begin, work->table, (int8_t*)work->y + begin, end - begin);
}

static void look_up_int32(const void* context, size_t begin, size_t end) {
  const Work* work = context;
  const int32_t* table = work->table;
  int32_t* y = work->y;
  for (size_t i = begin; i < end; ++i) y[i] = table[work->x[i] + 128];
}

static void look_up_int64(const void* context, size_t begin, size_t end) {
  const Work* work = context;
  const int64_t* table = work->table;
  int64_t* y = work->y;
  for (size_t i = begin; i < end; ++i) y[i] = table[work->x[i] + 128];
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 2 || num_outputs != 1) return SAME_SHAPE_NEEDS;
  if (inputs[0].element_type != kElement_int8) return "x must be int8";
  size_t size;
  ParallelTask* task;
  switch (outputs[0].element_type) {
    case kElement_bool: size = 1, task = look_up_bytes; break;
    case kElement_int32: size = 4, task = look_up_int32; break;
    case kElement_int64: size = 8, task = look_up_int64; break;
    default: return "y must be bool, int32 or int64";
  }
  if (inputs[1].element_type != kElement_int8) return "the table must be int8";
  if (inputs[1].bytes < kValues * size) return "the table is truncated";
  if (outputs[0].bytes / size < inputs[0].bytes) return "y is smaller than x";
  Work work = {inputs[0].data, inputs[1].data, outputs[0].data, table_best()};
  parallel_for(task, &work, inputs[0].bytes, kLeast);
  return NULL;
}

const Kernel kernel_lookup = {"tflitekit.lookup", same_shape_infer, run};
