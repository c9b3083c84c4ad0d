// Indices that a kernel is given, as int32 or int64.
#ifndef TFLITEKIT_KERNELS_INDICES_H_
#define TFLITEKIT_KERNELS_INDICES_H_

#include <stddef.h>
#include <stdint.h>

#include "element.h"
#include "tflitekit_kernel.h"

// Bytes of one; 0 where the tensor is of neither type.
static inline size_t indices_size(const KernelTensor* indices) {
  if (indices->element_type == kElement_int64) return sizeof(int64_t);
  return indices->element_type == kElement_int32 ? sizeof(int32_t) : 0;
}

static inline int64_t indices_at(const KernelTensor* indices, size_t place) {
  if (indices->element_type == kElement_int64) return ((const int64_t*)indices->data)[place];
  return ((const int32_t*)indices->data)[place];
}

#endif  // TFLITEKIT_KERNELS_INDICES_H_
