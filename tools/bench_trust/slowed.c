// tflitekit.slowed: tflitekit.table that does a part of its work twice, 5 % of a whole inference.
#include "tflitekit_kernel.h"

enum { kPart = 16 };  // What LiteRT does around the kernel is not slower, and takes a fifth.

extern const Kernel kernel_table;

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  return kernel_table.infer(num_inputs, inputs, num_outputs, outputs);
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  const char* wrong = kernel_table.run(num_inputs, inputs, num_outputs, outputs);
  if (wrong != NULL) return wrong;
  KernelTensor again[] = {inputs[0], inputs[1]}, part = outputs[0];
  again[0].bytes = part.bytes = inputs[0].bytes / kPart;
  return kernel_table.run(2, again, 1, &part);
}

const Kernel kernel_slowed = {"tflitekit.slowed", infer, run};
