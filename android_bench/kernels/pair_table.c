// tflitekit.pair_table: y = table[a + 128][b + 128], for every function of two int8 values, which
// broadcast.
//
// Inputs: a, b int8; table int8 [256, 256]. Output: y int8.
#include "broadcast.h"
#include "element.h"
#include "tflitekit_kernel.h"

enum { kValues = 256, kLeast = 16384 };  // values of an int8; elements that are worth a thread

static void look_up(const void* table, const BroadcastBlock* block, const int8_t* a,
                    const int8_t* b, int8_t* y) {
  const int8_t(*rows)[kValues] = table;
  size_t a_step = block->a_step, b_step = block->b_step;
  for (size_t row = 0; row < block->rows; ++row, a += block->a_row, b += block->b_row) {
    for (size_t i = 0; i < block->columns; ++i) {
      *y++ = rows[a[i * a_step] + 128][b[i * b_step] + 128];
    }
  }
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 3 || num_outputs != 1) return BROADCAST_NEEDS;
  if (inputs[0].element_type != kElement_int8 || inputs[1].element_type != kElement_int8 ||
      outputs[0].element_type != kElement_int8) {
    return "a, b and y must be int8";
  }
  if (inputs[2].element_type != kElement_int8) return "the table must be int8";
  if (inputs[2].bytes < kValues * kValues) return "the table is truncated";
  return broadcast_run(look_up, inputs[2].data, kLeast, &inputs[0], &inputs[1], &outputs[0]);
}

const Kernel kernel_pair_table = {"tflitekit.pair_table", broadcast_infer, run};
