// The parameters of a custom op: one constant int8 input, made by tflitekit/kernels/block.py.
//
// A block is a row of parts, each beginning at a multiple of 64 bytes from the start. LiteRT gives
// constants at 64-byte aligned addresses, so every part is aligned in memory too. The first part is
// the kernel's header: int32 and float32 fields, little-endian.
#ifndef TFLITEKIT_KERNELS_BLOCK_H_
#define TFLITEKIT_KERNELS_BLOCK_H_

#include <stddef.h>
#include <stdint.h>

#include "element.h"
#include "tflitekit_kernel.h"

enum { kBlockAlignment = 64 };

// What has not been taken yet.
typedef struct {
  const uint8_t* next;
  size_t left;
} Block;

// The block in a kernel's input; an empty one where the input is no int8 tensor, so that taking its
// first part fails.
static inline Block block_open(const KernelTensor* tensor) {
  Block block = {tensor->data, tensor->element_type == kElement_int8 ? tensor->bytes : 0};
  return block;
}

// The next part, of `count` elements of `size` bytes; NULL where the block is too short for it.
static inline const void* block_take(Block* block, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes) || bytes > block->left) return NULL;
  const void* part = block->next;
  size_t padded = (bytes + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
  if (padded > block->left) padded = block->left;
  block->next += padded;
  block->left -= padded;
  return part;
}

#endif  // TFLITEKIT_KERNELS_BLOCK_H_
