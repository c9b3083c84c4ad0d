#include "softmax_rows.h"

#include "isa.h"
#include "softmax_row.h"

SOFTMAX_ROW SoftmaxSum weigh_row(const SoftmaxRow* row, int16_t* weights) {
  SoftmaxLargest largest = {INT32_MIN, SOFTMAX_LEAST};
  if (row->added.numbers != NULL) {
    largest.logit = softmax_row_largest_logit(row, 0, largest.logit);
  } else {
    largest.step = softmax_row_largest_step(row, 0, largest.step);
    if (largest.step == INT32_MIN) return softmax_row_uniform(row, weights);
  }
  return softmax_row_finish(row, 0, largest, 0, weights);
}

static SoftmaxSum weigh(const int32_t* steps, SoftmaxAdded added, size_t n,
                        const SoftmaxScale* scale, int16_t* weights) {
  SoftmaxRow row = {steps, NULL, added, n, scale};
  return weigh_row(&row, weights);
}

static SoftmaxSum weigh_int8(const int8_t* steps, SoftmaxAdded added, size_t n,
                             const SoftmaxScale* scale, int16_t* weights) {
  SoftmaxRow row = {NULL, steps, added, n, scale};
  return weigh_row(&row, weights);
}

static void divide(const int16_t* weights, size_t n, SoftmaxReciprocal sum, int8_t* y) {
  for (size_t i = 0; i < n; ++i) y[i] = softmax_quotient(weights[i], sum);
}

const SoftmaxRows softmax_rows_scalar = {weigh, weigh_int8, divide};

// The best first.
static const struct {
  const char* isa;
  const SoftmaxRows* rows;
} versions[] = {
#define SOFTMAX_ROWS_VERSION(isa) {#isa, &softmax_rows_##isa},
    SOFTMAX_ROWS_VERSIONS(SOFTMAX_ROWS_VERSION)
#undef SOFTMAX_ROWS_VERSION
};

const SoftmaxRows* softmax_rows_choose(void) {
  for (size_t i = 0; i < sizeof versions / sizeof *versions; ++i) {
    if (isa_may_use(versions[i].isa)) return versions[i].rows;
  }
  return &softmax_rows_scalar;
}
