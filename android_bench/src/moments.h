// Minimum, maximum, sum and sum of squares by lane, for blocks of rows.
#ifndef TFLITEKIT_MOMENTS_H_
#define TFLITEKIT_MOMENTS_H_

#include <stdbool.h>
#include <stddef.h>

enum { kRows = 4 };

typedef struct {
  size_t lanes;
  float *minimum, *maximum;
  double *sum, *sum2;
} Moments;

// One version for an instruction set. All versions give the same bits: each lane is added up in the
// same order, and the square of a float is exact in a double.
typedef struct {
  const char* isa;
  // Adds kRows rows, or one, of `lanes` finite values each.
  void (*add_rows)(const Moments* moments, const float* values);
  void (*add_row)(const Moments* moments, const float* values);
  // Whether all values are finite.
  bool (*all_finite)(const float* values, size_t count);
} MomentsKernel;

// The fastest version for this processor, or the one that the variable TFLITEKIT_ISA names.
const MomentsKernel* moments_kernel(void);

#endif  // TFLITEKIT_MOMENTS_H_
