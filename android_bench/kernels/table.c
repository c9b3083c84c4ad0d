// tflitekit.table: y[i] = table[x[i] + 128], for every function of one int8 value.
//
// Inputs: x int8 of any shape; table int8 [256]. Output: int8 of x's shape.
#include "element.h"
#include "tflitekit_kernel.h"

enum { kTableSize = 256 };

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  if (num_inputs != 2 || num_outputs != 1) return "needs two inputs and one output";
  if (kernel_elements(&inputs[1]) != kTableSize) return "the table must have 256 entries";
  outputs[0] = inputs[0];
  return NULL;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 2 || num_outputs != 1) return "needs two inputs and one output";
  if (inputs[0].element_type != kElement_int8 || outputs[0].element_type != kElement_int8) {
    return "x and y must be int8";
  }
  if (inputs[1].bytes < kTableSize) return "the table is truncated";
  if (outputs[0].bytes < inputs[0].bytes) return "y is smaller than x";
  const int8_t* x = inputs[0].data;
  const int8_t* table = inputs[1].data;
  int8_t* y = outputs[0].data;
  for (size_t i = 0; i < inputs[0].bytes; ++i) y[i] = table[x[i] + 128];
  return NULL;
}

const Kernel kernel_table = {"tflitekit.table", infer, run};
