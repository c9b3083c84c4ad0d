// A row of logits as the versions of softmax_rows.h go through it: element by element, where a vector
// of them is no longer whole.
#ifndef TFLITEKIT_KERNELS_SOFTMAX_ROW_H_
#define TFLITEKIT_KERNELS_SOFTMAX_ROW_H_

#include "softmax_rows.h"

// Inline everywhere, so that a loop has no branch on what is the same for all of a row.
#define SOFTMAX_ROW static inline __attribute__((always_inline))

// One of `wide` and `narrow` is there.
typedef struct {
  const int32_t* wide;
  const int8_t* narrow;
  SoftmaxAdded added;
  size_t n;
  const SoftmaxScale* scale;
} SoftmaxRow;

// The largest logit: as steps where no numbers are added, else as a number.
typedef struct {
  int32_t step;  // INT32_MIN where all of the row is masked
  float logit;   // SOFTMAX_LEAST likewise
} SoftmaxLargest;

SOFTMAX_ROW int32_t softmax_row_step(const SoftmaxRow* row, size_t i) {
  return row->wide != NULL ? row->wide[i] : row->narrow[i];
}

SOFTMAX_ROW int softmax_row_keeps(const SoftmaxRow* row, size_t i) {
  return row->added.kept == NULL || row->added.kept[i] != 0;
}

SOFTMAX_ROW float softmax_row_logit(const SoftmaxRow* row, size_t i) {
  return softmax_logit(softmax_row_step(row, i), row->added.numbers[i], row->scale->scale);
}

// The larger one of `found` and the elements from `i` on.
SOFTMAX_ROW int32_t softmax_row_largest_step(const SoftmaxRow* row, size_t i, int32_t found) {
  for (; i < row->n; ++i) {
    int32_t step = softmax_row_step(row, i);
    if (softmax_row_keeps(row, i) && step > found) found = step;
  }
  return found;
}

SOFTMAX_ROW float softmax_row_largest_logit(const SoftmaxRow* row, size_t i, float found) {
  for (; i < row->n; ++i) {
    float logit = softmax_row_logit(row, i);
    if (logit > found) found = logit;
  }
  return found;
}

SOFTMAX_ROW int16_t softmax_row_weight(const SoftmaxRow* row, size_t i, SoftmaxLargest largest) {
  if (row->added.numbers != NULL) {
    return softmax_weight(largest.logit - softmax_row_logit(row, i), row->scale);
  }
  if (!softmax_row_keeps(row, i)) return 0;
  int32_t below = largest.step - softmax_row_step(row, i);
  if (row->narrow != NULL) return (int16_t)row->scale->by_step[below];
  return softmax_weight((float)below * row->scale->scale, row->scale);
}

// Whether all of the row is masked.
SOFTMAX_ROW int softmax_row_is_empty(const SoftmaxRow* row, SoftmaxLargest largest) {
  if (row->added.numbers != NULL) return largest.logit == SOFTMAX_LEAST;
  return largest.step == INT32_MIN;
}

// The weights of a row of which all is masked by `kept`.
SOFTMAX_ROW SoftmaxSum softmax_row_uniform(const SoftmaxRow* row, int16_t* weights) {
  uint32_t most = row->narrow ? row->scale->by_step[0] : (uint32_t)softmax_weight(0, row->scale);
  return softmax_uniform(row->n, most, weights);
}

// Sets the weights from `i` on, and those behind the row to 0, and adds them to `sum`.
SOFTMAX_ROW SoftmaxSum softmax_row_finish(const SoftmaxRow* row, size_t i, SoftmaxLargest largest,
                                            int32_t sum, int16_t* weights) {
  SoftmaxSum result = {sum, softmax_row_is_empty(row, largest)};
  for (; i < row->n; ++i) {
    weights[i] = softmax_row_weight(row, i, largest);
    result.sum += weights[i];
  }
  for (; i % kSoftmaxUnit != 0; ++i) weights[i] = 0;
  return result;
}

#endif  // TFLITEKIT_KERNELS_SOFTMAX_ROW_H_
