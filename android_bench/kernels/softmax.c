// tflitekit.softmax: softmax over the last axis, with the masks and biases that were added to it.
//
// Inputs: x int8 of any shape; the operands of its masks; the block: header, table of exp (uint16
// [64]), low and high bytes of the weight of each number of steps below the largest (uint8 [256]
// each), terms (logit_terms.h). Output: int8 of x's shape, in steps of 1/256 from -128.
#include "softmax_rows.h"

#include <stdatomic.h>

#include "block.h"
#include "element.h"
#include "logit_terms.h"
#include "parallel.h"
#include "scratch.h"
#include "tflitekit_kernel.h"

enum { kElementsOfAPart = 16384, kMostColumns = 65536 };

typedef struct {
  int32_t matrices, rows, columns, empty_is_zero;
  float scale;
} Header;

typedef struct {
  const SoftmaxRows* version;
  const int8_t* x;
  int8_t* y;
  size_t rows, columns;
  int empty_is_zero;
  SoftmaxScale scale;
  LogitTerms terms;
  _Atomic int* has_failed;
} Softmax;

static void rows_of(const void* context, size_t begin, size_t end) {
  const Softmax* softmax = context;
  size_t n = softmax->columns, padded = (n + kSoftmaxUnit - 1) / kSoftmaxUnit * kSoftmaxUnit;
  float* numbers = scratch(padded * (sizeof(float) + sizeof(int16_t)));
  if (numbers == NULL) {
    atomic_store(softmax->has_failed, 1);
    return;
  }
  int16_t* weights = (int16_t*)(numbers + padded);
  LogitRow row = {.memory = numbers};
  for (size_t i = begin; i < end; ++i) {
    SoftmaxAdded added =
        logit_terms_row(&softmax->terms, i / softmax->rows, i % softmax->rows, &row);
    SoftmaxSum sum =
        softmax->version->weigh_int8(softmax->x + i * n, added, n, &softmax->scale, weights);
    SoftmaxReciprocal reciprocal = softmax_reciprocal(sum.sum);
    if (sum.is_empty && softmax->empty_is_zero) reciprocal.factor = 0;
    softmax->version->divide(weights, n, reciprocal, softmax->y + i * n);
  }
}

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  if (num_inputs < 2 || num_outputs != 1) return "needs x, a block and one output";
  outputs[0] = inputs[0];
  return NULL;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs < 2 || num_outputs != 1) return "needs x, a block and one output";
  if (inputs[0].element_type != kElement_int8 || outputs[0].element_type != kElement_int8) {
    return "x and y must be int8";
  }
  Block block = block_open(&inputs[num_inputs - 1]);
  const Header* header = block_take(&block, 1, sizeof *header);
  const uint16_t* table = block_take(&block, kExpParts, sizeof *table);
  const uint8_t* low = block_take(&block, kExpSteps, sizeof *low);
  const uint8_t* high = block_take(&block, kExpSteps, sizeof *high);
  if (header == NULL || table == NULL || low == NULL || high == NULL) {
    return "the block is truncated";
  }
  if (header->matrices < 0 || header->rows <= 0 || header->columns <= 0 ||
      header->columns > kMostColumns || !(header->scale > 0)) {
    return "the block's sizes are wrong";
  }
  size_t matrices = (size_t)header->matrices, elements;
  if (__builtin_mul_overflow(matrices * (size_t)header->rows, (size_t)header->columns, &elements) ||
      inputs[0].bytes != elements || outputs[0].bytes < elements) {
    return "x or y has another size than the block says";
  }
  _Atomic int has_failed = 0;
  Softmax softmax = {
      .version = softmax_rows_choose(),
      .x = inputs[0].data,
      .y = outputs[0].data,
      .rows = (size_t)header->rows,
      .columns = (size_t)header->columns,
      .empty_is_zero = header->empty_is_zero,
      .has_failed = &has_failed,
  };
  softmax_scale_of_int8(&softmax.scale, table, header->scale, low, high);
  const char* reason = logit_terms_take(&block, inputs + 1, num_inputs - 2, matrices, softmax.rows,
                                        softmax.columns, &softmax.terms);
  if (reason) return reason;
  size_t least = kElementsOfAPart / softmax.columns + 1;
  parallel_for(rows_of, &softmax, matrices * softmax.rows, least);
  return atomic_load(&has_failed) ? "there is not enough memory" : NULL;
}

const Kernel kernel_softmax = {"tflitekit.softmax", infer, run};
