// tflitekit.arithmetic: sums, products, quotients, squared differences, PRELU and comparisons of
// two int8 tensors, which broadcast; tflitekit/kernels/arithmetic.py is the specification.
//
// Inputs: a, b int8; the block: the header and, of quotients, factors and units int16 [256]. Output:
// y int8, or bool where its limits are 0 and 1.
#include "arithmetic.h"

#include "block.h"
#include "element.h"
#include "fixed_point.h"
#include "isa.h"
#include "tflitekit_kernel.h"

enum { kDivisors = 256, kLeast = 65536 };  // values of b; elements that are worth a thread

static int32_t linear(const ArithmeticHeader* p, int32_t a, int32_t b) {
  int32_t sum = fixed_times(a * 256, p->a_factor) + fixed_times(b * 256, p->b_factor);
  return fixed_saturated(sum + p->offset);
}

static int32_t squared_difference(const ArithmeticHeader* p, int32_t a, int32_t b) {
  int32_t difference = linear(p, a, b);
  if (difference == INT16_MIN) difference = -INT16_MAX;
  return fixed_times(difference, difference);
}

static int32_t product(const ArithmeticHeader* p, int32_t a, int32_t b) {
  return fixed_times(fixed_times((a - p->a_zero) * 128, (b - p->b_zero) * 128), p->a_factor);
}

static int32_t rectified(const ArithmeticHeader* p, int32_t a, int32_t b) {
  int32_t x = (a - p->a_zero) * 128, slope = (b - p->b_zero) * 128;
  return x >= 0 ? fixed_times(x, p->a_factor) : fixed_times(fixed_times(x, slope), p->b_factor);
}

static int32_t finished(const ArithmeticHeader* p, int32_t units) {
  return fixed_steps(units, p->doublings, p->bias, p->shift);
}

static int32_t quotient(const Arithmetic* of, int32_t a, int32_t b) {
  int32_t half = fixed_times((a - of->header->a_zero) * 128, of->factors[b + 128]);
  int32_t steps = fixed_times(fixed_saturated(2 * half), of->units[b + 128]);
  return fixed_saturated(steps + of->header->y_zero);
}

static int32_t result(const Arithmetic* of, int32_t a, int32_t b) {
  const ArithmeticHeader* p = of->header;
  switch (p->function) {
    case kSum: return finished(p, linear(p, a, b));
    case kProduct: return finished(p, product(p, a, b));
    case kQuotient: return quotient(of, a, b);
    case kSquaredDifference: return finished(p, squared_difference(p, a, b));
    default: return finished(p, rectified(p, a, b));
  }
}

void arithmetic_scalar(const void* context, const BroadcastBlock* block, const int8_t* a,
                       const int8_t* b, int8_t* y) {
  const Arithmetic* of = context;
  int32_t low = of->header->low, high = of->header->high;
  for (size_t row = 0; row < block->rows; ++row, a += block->a_row, b += block->b_row) {
    for (size_t i = 0; i < block->columns; ++i) {
      int32_t found = result(of, a[i * block->a_step], b[i * block->b_step]);
      *y++ = (int8_t)(found < low ? low : found > high ? high : found);
    }
  }
}

// The best first.
static const IsaVersion versions[] = {
#define ARITHMETIC_VERSION(isa) {#isa, (IsaFunction)arithmetic_##isa},
    ARITHMETIC_VERSIONS(ARITHMETIC_VERSION)
#undef ARITHMETIC_VERSION
    {"scalar", (IsaFunction)arithmetic_scalar},
};

static int is_within(int32_t x, int32_t low, int32_t high) { return low <= x && x <= high; }

// What keeps every intermediate result within 16 bits, or 32 in plain C.
static const char* check(const ArithmeticHeader* p) {
  if (p == NULL) return "the parameters are truncated";
  if (!is_within(p->function, 0, kFunctions - 1)) return "the function is unknown";
  if (!is_within(p->a_zero, INT8_MIN, INT8_MAX) || !is_within(p->b_zero, INT8_MIN, INT8_MAX) ||
      !is_within(p->y_zero, INT8_MIN, INT8_MAX)) {
    return "a zero point is no int8";
  }
  int32_t most = p->function == kSum || p->function == kSquaredDifference ? 1 << 14 : INT16_MAX;
  if (!is_within(p->a_factor, -most, most) || !is_within(p->b_factor, -most, most)) {
    return "a factor is too large";
  }
  if (fixed_saturated(p->offset) != p->offset) return "an offset is no int16";
  if (!fixed_steps_fit(p->doublings, p->bias, p->shift)) return "a shift is too far";
  if (!is_within(p->low, INT8_MIN, INT8_MAX) || !is_within(p->high, INT8_MIN, INT8_MAX)) {
    return "a limit is no int8";
  }
  return NULL;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 3 || num_outputs != 1) return BROADCAST_NEEDS;
  if (inputs[0].element_type != kElement_int8 || inputs[1].element_type != kElement_int8 ||
      (outputs[0].element_type != kElement_int8 && outputs[0].element_type != kElement_bool)) {
    return "a and b must be int8, y int8 or bool";
  }
  Block block = block_open(&inputs[2]);
  Arithmetic parameters = {block_take(&block, 1, sizeof(ArithmeticHeader)), NULL, NULL};
  const ArithmeticHeader* header = parameters.header;
  const char* reason = check(header);
  if (reason) return reason;
  if (header->function == kQuotient) {
    parameters.factors = block_take(&block, kDivisors, sizeof *parameters.factors);
    parameters.units = block_take(&block, kDivisors, sizeof *parameters.units);
    if (parameters.factors == NULL || parameters.units == NULL) return "the tables are truncated";
  }
  if (outputs[0].element_type == kElement_bool && (header->low < 0 || header->high > 1)) {
    return "truth values are 0 and 1";
  }
  BroadcastFunction* function =
      (BroadcastFunction*)isa_choose(versions, sizeof versions / sizeof *versions);
  return broadcast_run(function, &parameters, kLeast, &inputs[0], &inputs[1], &outputs[0]);
}

const Kernel kernel_arithmetic = {"tflitekit.arithmetic", broadcast_infer, run};
