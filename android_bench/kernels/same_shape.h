// What kernels of one operand and its parameters share whose output has the operand's shape.
#ifndef TFLITEKIT_KERNELS_SAME_SHAPE_H_
#define TFLITEKIT_KERNELS_SAME_SHAPE_H_

#include "tflitekit_kernel.h"

#define SAME_SHAPE_NEEDS "needs two inputs and one output"

// For `infer` of a Kernel.
static inline const char* same_shape_infer(size_t num_inputs, const KernelShape* inputs,
                                           size_t num_outputs, KernelShape* outputs) {
  if (num_inputs != 2 || num_outputs != 1) return SAME_SHAPE_NEEDS;
  outputs[0] = inputs[0];
  return NULL;
}

#endif  // TFLITEKIT_KERNELS_SAME_SHAPE_H_
