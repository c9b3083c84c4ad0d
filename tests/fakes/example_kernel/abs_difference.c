// tflitekit.abs_difference: y = |a - b|.
//
// Inputs: a, b int8 of one shape; the parameters. Output: y int8 of that shape.
#include "abs_difference.h"

#include <math.h>

#include "block.h"
#include "isa.h"
#include "rounding.h"

void abs_difference_scalar(const AbsDifference* p, const int8_t* a, const int8_t* b, int8_t* y,
                           size_t n) {
  for (size_t i = 0; i < n; ++i) {
    float left = (float)(a[i] - p->a_zero) * p->a_factor;
    float right = (float)(b[i] - p->b_zero) * p->b_factor;
    y[i] = round_to_int8(fabsf(left - right) + (float)p->y_zero);
  }
}

// The best first.
static const IsaVersion versions[] = {
#if defined(__x86_64__)
    {"avx2", (IsaFunction)abs_difference_avx2},
#elif defined(__aarch64__)
    {"neon", (IsaFunction)abs_difference_neon},
#endif
    {"scalar", (IsaFunction)abs_difference_scalar},
};

static int is_int8(int32_t value) { return value == (int8_t)value; }

static int same_shape(const KernelShape* a, const KernelShape* b) {
  if (a->rank != b->rank) return 0;
  for (int i = 0; i < a->rank; ++i) {
    if (a->dimensions[i] != b->dimensions[i]) return 0;
  }
  return 1;
}

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  if (num_inputs != 3 || num_outputs != 1) return "needs three inputs and one output";
  if (!same_shape(&inputs[0], &inputs[1])) return "a and b differ in shape";
  outputs[0] = inputs[0];
  return NULL;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 3 || num_outputs != 1) return "needs three inputs and one output";
  const KernelTensor *a = &inputs[0], *b = &inputs[1], *y = &outputs[0];
  if (a->element_type != kElement_int8 || b->element_type != kElement_int8 ||
      y->element_type != kElement_int8) {
    return "a, b and y must be int8";
  }
  if (!same_shape(&a->shape, &b->shape) || !same_shape(&a->shape, &y->shape) ||
      a->bytes != b->bytes || a->bytes != y->bytes) {
    return "a, b and y differ in shape";
  }
  Block block = block_open(&inputs[2]);
  const AbsDifference* p = block_take(&block, 1, sizeof *p);
  if (p == NULL) return "the parameters are truncated";
  if (!is_int8(p->a_zero) || !is_int8(p->b_zero) || !is_int8(p->y_zero)) {
    return "a zero point is no int8";
  }
  AbsDifferenceFunction* compute =
      (AbsDifferenceFunction*)isa_choose(versions, sizeof versions / sizeof *versions);
  compute(p, a->data, b->data, y->data, a->bytes);
  return NULL;
}

const Kernel kernel_abs_difference = {"tflitekit.abs_difference", infer, run};
