// Functions of two int8 tensors whose shapes broadcast as NumPy's do.
#ifndef TFLITEKIT_KERNELS_BROADCAST_H_
#define TFLITEKIT_KERNELS_BROADCAST_H_

#include <stddef.h>
#include <stdint.h>

#include "tflitekit_kernel.h"

// Rows of the output that lie behind one another. An operand's element is at
// row * `row` + column * `step`, where `step` is 0 or 1.
typedef struct {
  size_t rows, columns;
  size_t a_row, a_step, b_row, b_step;
} BroadcastBlock;

typedef void BroadcastFunction(const void* context, const BroadcastBlock* block, const int8_t* a,
                               const int8_t* b, int8_t* y);

#define BROADCAST_NEEDS "needs three inputs and one output"

// For `infer` of a Kernel of two tensors and its parameters.
const char* broadcast_infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                            KernelShape* outputs);

// Computes y, of the shape that a and b broadcast to, block by block and on the threads of the run.
// `least` is the number of elements that are worth a thread.
const char* broadcast_run(BroadcastFunction* function, const void* context, size_t least,
                          const KernelTensor* a, const KernelTensor* b, KernelTensor* y);

#endif  // TFLITEKIT_KERNELS_BROADCAST_H_
