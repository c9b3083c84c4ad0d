// tflitekit.one_hot: rows that are one value but for one element.
//
// Inputs: indices int32 or int64; the row int8 [depth] that no index is for; the block: the header.
// Output: y int8 [indices..., depth]. An index outside of [0, depth) gives the row as it is.
#include <string.h>

#include "block.h"
#include "element.h"
#include "indices.h"
#include "tflitekit_kernel.h"

typedef struct {
  int32_t on;  // the element that an index chooses
} Header;

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  if (num_inputs != 3 || num_outputs != 1) return "needs three inputs and one output";
  if (inputs[0].rank < 0 || inputs[0].rank >= KERNEL_MAX_RANK) return "too many dimensions";
  if (inputs[1].rank != 1) return "the row must have one axis";
  outputs[0] = inputs[0];
  outputs[0].dimensions[outputs[0].rank++] = inputs[1].dimensions[0];
  return NULL;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 3 || num_outputs != 1) return "needs three inputs and one output";
  size_t size = indices_size(&inputs[0]);
  if (size == 0) return "the indices must be int32 or int64";
  if (inputs[1].element_type != kElement_int8 || outputs[0].element_type != kElement_int8) {
    return "the row and y must be int8";
  }
  Block block = block_open(&inputs[2]);
  const Header* header = block_take(&block, 1, sizeof *header);
  if (header == NULL) return "the parameters are truncated";
  if (header->on < INT8_MIN || header->on > INT8_MAX) return "the element is no int8";
  size_t rows = inputs[0].bytes / size;
  size_t depth = inputs[1].bytes;
  if (depth != 0 && outputs[0].bytes / depth < rows) return "y is smaller than the rows";
  int8_t* y = outputs[0].data;
  for (size_t i = 0; i < rows; ++i, y += depth) {
    int64_t index = indices_at(&inputs[0], i);
    memcpy(y, inputs[1].data, depth);
    if (index >= 0 && index < (int64_t)depth) y[index] = (int8_t)header->on;
  }
  return NULL;
}

const Kernel kernel_one_hot = {"tflitekit.one_hot", infer, run};
