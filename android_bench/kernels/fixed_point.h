// 16-bit fixed point, defined once; tflitekit/kernels/fixed_point.py is the specification.
//
// Every vector unit can round the product of two int16 in units of 2^-15 and add int16 with
// saturation, at twice the elements of float32.
#ifndef TFLITEKIT_KERNELS_FIXED_POINT_H_
#define TFLITEKIT_KERNELS_FIXED_POINT_H_

#include <stdint.h>

// The nearest int16.
static inline int32_t fixed_saturated(int32_t x) {
  return x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x;
}

// The product of two int16, not both INT16_MIN, in units of 2^-15, rounded to such units.
static inline int32_t fixed_times(int32_t x, int32_t y) { return (x * y + (1 << 14)) >> 15; }

// Output steps of 2^shift units; units are doubled before. The bias holds half a step and the zero
// point.
static inline int32_t fixed_steps(int32_t units, int32_t doublings, int32_t bias, int32_t shift) {
  for (int32_t i = 0; i < doublings; ++i) units = fixed_saturated(2 * units);
  return fixed_saturated(units + bias) >> shift;
}

// Whether the parameters of `fixed_steps` keep it within 16 bits.
static inline int fixed_steps_fit(int32_t doublings, int32_t bias, int32_t shift) {
  return 0 <= doublings && doublings < 16 && 0 <= shift && shift < 16 &&
         fixed_saturated(bias) == bias;
}

#endif  // TFLITEKIT_KERNELS_FIXED_POINT_H_
