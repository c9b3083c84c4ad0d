// Quantized elements of either type.
#ifndef TFLITEKIT_KERNELS_NORM_STEPS_H_
#define TFLITEKIT_KERNELS_NORM_STEPS_H_

#include <stddef.h>
#include <stdint.h>

#include "element.h"
#include "tflitekit_kernel.h"

// int8 or int16 elements.
typedef struct {
  void* data;
  int is_wide;  // int16
} NormSteps;

static inline size_t norm_steps_size(int is_wide) {
  return is_wide ? sizeof(int16_t) : sizeof(int8_t);
}

static inline NormSteps norm_steps_behind(NormSteps steps, size_t elements) {
  uint8_t* data = steps.data;
  return (NormSteps){data + elements * norm_steps_size(steps.is_wide), steps.is_wide};
}

// Takes a tensor; a reason where it is neither int8 nor int16 or has not so many elements.
static inline const char* norm_steps_take(const KernelTensor* tensor, size_t count,
                                          NormSteps* steps) {
  steps->data = tensor->data;
  steps->is_wide = tensor->element_type == kElement_int16;
  if (!steps->is_wide && tensor->element_type != kElement_int8) {
    return "all values must be int8 or int16";
  }
  if (tensor->bytes != count * norm_steps_size(steps->is_wide)) {
    return "the tensors have not one shape";
  }
  return NULL;
}

#endif  // TFLITEKIT_KERNELS_NORM_STEPS_H_
