// The versions of tflitekit.abs_difference, one file an instruction set; all give the same bits.
#ifndef TFLITEKIT_KERNELS_ABS_DIFFERENCE_H_
#define TFLITEKIT_KERNELS_ABS_DIFFERENCE_H_

#include <stddef.h>
#include <stdint.h>

// The block's only part.
typedef struct {
  float a_factor, b_factor;
  int32_t a_zero, b_zero, y_zero;
} AbsDifference;

// y[i] = |(a[i] - a_zero) a_factor - (b[i] - b_zero) b_factor| + y_zero; may be in place.
typedef void AbsDifferenceFunction(const AbsDifference* p, const int8_t* a, const int8_t* b,
                                   int8_t* y, size_t n);

AbsDifferenceFunction abs_difference_scalar, abs_difference_avx2, abs_difference_neon;

#endif  // TFLITEKIT_KERNELS_ABS_DIFFERENCE_H_
