// tflitekit.table: y[i] = table[x[i] + 128], for every function of one int8 value.
//
// Inputs: x int8 of any shape; table int8 [256]. Output: int8 of x's shape.
#include "table.h"

#include "element.h"
#include "isa.h"
#include "same_shape.h"
#include "tflitekit_kernel.h"

enum { kTableSize = 256 };

void table_scalar(const int8_t* x, const int8_t* table, int8_t* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = table[x[i] + 128];
}

// The best first.
static const IsaVersion versions[] = {
#define TABLE_VERSION(isa) {#isa, (IsaFunction)table_##isa},
    TABLE_VERSIONS(TABLE_VERSION)
#undef TABLE_VERSION
    {"scalar", (IsaFunction)table_scalar},
};

TableFunction* table_best(void) {
  return (TableFunction*)isa_choose(versions, sizeof versions / sizeof *versions);
}

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  const char* wrong = same_shape_infer(num_inputs, inputs, num_outputs, outputs);
  if (wrong != NULL) return wrong;
  return kernel_elements(&inputs[1]) == kTableSize ? NULL : "the table must have 256 entries";
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 2 || num_outputs != 1) return SAME_SHAPE_NEEDS;
  if (inputs[0].element_type != kElement_int8 || outputs[0].element_type != kElement_int8) {
    return "x and y must be int8";
  }
  if (inputs[1].element_type != kElement_int8) return "the table must be int8";
  if (inputs[1].bytes < kTableSize) return "the table is truncated";
  if (outputs[0].bytes != inputs[0].bytes) return "x and y differ in size";
  table_best()(inputs[0].data, inputs[1].data, outputs[0].data, inputs[0].bytes);
  return NULL;
}

const Kernel kernel_table = {"tflitekit.table", infer, run};
