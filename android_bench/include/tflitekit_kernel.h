// What a custom int8 kernel is: a pure function from tensors to tensors.
//
// A kernel keeps no state. Scales, zero points, tables and axes reach it as a constant input, so
// that one registration per op name serves every node of that name.
#ifndef TFLITEKIT_KERNEL_H_
#define TFLITEKIT_KERNEL_H_

#include <stddef.h>
#include <stdint.h>

#define KERNEL_MAX_RANK 8

typedef struct {
  int rank;
  int32_t dimensions[KERNEL_MAX_RANK];
} KernelShape;

typedef struct {
  void* data;  // inputs are not to be written to
  KernelShape shape;
  int element_type;  // a code of element.h
  size_t bytes;
} KernelTensor;

// Both functions return NULL, or what is wrong in a few words: the run then fails with the name of
// the op and these words.
typedef struct {
  const char* name;
  const char* (*infer)(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                       KernelShape* outputs);
  const char* (*run)(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                     KernelTensor* outputs);
} Kernel;

// The product of the dimensions.
static inline size_t kernel_elements(const KernelShape* shape) {
  size_t elements = 1;
  for (int axis = 0; axis < shape->rank; ++axis) elements *= (size_t)shape->dimensions[axis];
  return elements;
}

#endif  // TFLITEKIT_KERNEL_H_
