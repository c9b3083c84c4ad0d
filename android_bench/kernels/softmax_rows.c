#include "softmax_rows.h"

#include <limits.h>

#include "isa.h"

// `narrow` where there is no `wide`.
static float largest_logit(const int32_t* wide, const int8_t* narrow, const float* numbers,
                           size_t n, float scale) {
  float largest = SOFTMAX_LEAST;
  for (size_t i = 0; i < n; ++i) {
    float logit = softmax_logit(wide ? wide[i] : narrow[i], numbers[i], scale);
    if (logit > largest) largest = logit;
  }
  return largest;
}

static SoftmaxSum weigh_numbers(const int32_t* wide, const int8_t* narrow, const float* numbers,
                                size_t n, const SoftmaxScale* scale, int16_t* weights) {
  float largest = largest_logit(wide, narrow, numbers, n, scale->scale);
  SoftmaxSum result = {0, largest == SOFTMAX_LEAST};
  for (size_t i = 0; i < n; ++i) {
    float logit = softmax_logit(wide ? wide[i] : narrow[i], numbers[i], scale->scale);
    weights[i] = softmax_weight(largest - logit, scale);
    result.sum += weights[i];
  }
  for (size_t i = n; i % kSoftmaxUnit != 0; ++i) weights[i] = 0;
  return result;
}

static SoftmaxSum weigh(const int32_t* steps, SoftmaxAdded added, size_t n,
                        const SoftmaxScale* scale, int16_t* weights) {
  if (added.numbers) return weigh_numbers(steps, NULL, added.numbers, n, scale, weights);
  const uint8_t* kept = added.kept;
  int32_t largest = INT32_MIN;
  for (size_t i = 0; i < n; ++i) {
    if ((kept == NULL || kept[i]) && steps[i] > largest) largest = steps[i];
  }
  if (largest == INT32_MIN) return softmax_uniform(n, (uint32_t)softmax_weight(0, scale), weights);
  SoftmaxSum result = {0, 0};
  for (size_t i = 0; i < n; ++i) {
    weights[i] = 0;
    if (kept == NULL || kept[i]) {
      weights[i] = softmax_weight((float)(largest - steps[i]) * scale->scale, scale);
    }
    result.sum += weights[i];
  }
  for (size_t i = n; i % kSoftmaxUnit != 0; ++i) weights[i] = 0;
  return result;
}

static SoftmaxSum weigh_int8(const int8_t* steps, SoftmaxAdded added, size_t n,
                             const SoftmaxScale* scale, int16_t* weights) {
  if (added.numbers) return weigh_numbers(NULL, steps, added.numbers, n, scale, weights);
  const uint8_t* kept = added.kept;
  int largest = INT_MIN;
  for (size_t i = 0; i < n; ++i) {
    if ((kept == NULL || kept[i]) && steps[i] > largest) largest = steps[i];
  }
  if (largest == INT_MIN) return softmax_uniform(n, scale->by_step[0], weights);
  SoftmaxSum result = {0, 0};
  for (size_t i = 0; i < n; ++i) {
    weights[i] = 0;
    if (kept == NULL || kept[i]) weights[i] = (int16_t)scale->by_step[largest - steps[i]];
    result.sum += weights[i];
  }
  for (size_t i = n; i % kSoftmaxUnit != 0; ++i) weights[i] = 0;
  return result;
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
