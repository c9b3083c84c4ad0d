// Rounding and saturation, defined once; tflitekit/kernels/rounding.py is the specification.
//
// A kernel sums in integers, scales the sum in float32, one IEEE operation after the other and never
// contracted, and rounds once, ties to even. So every processor gives the same bits, and the vector
// instructions that convert float32 to int32 do the rounding. (On x86 they give INT32_MIN for what
// is too large: clamp before converting.)
#ifndef TFLITEKIT_KERNELS_ROUNDING_H_
#define TFLITEKIT_KERNELS_ROUNDING_H_

#include <math.h>
#include <stdint.h>

// The nearest integer in [low, high], ties to even. NaN gives low.
static inline int32_t round_into(float value, int32_t low, int32_t high) {
  if (!(value > (float)low)) return low;
  if (value >= (float)high) return high;
  return (int32_t)rintf(value);
}

static inline int8_t round_to_int8(float value) { return (int8_t)round_into(value, -128, 127); }

static inline int16_t round_to_int16(float value) {
  return (int16_t)round_into(value, -32768, 32767);
}

// The int8 that stands for `steps` steps of an accumulator, each `scale` steps of the output.
static inline int8_t requantize(int32_t steps, float scale, int32_t zero_point) {
  return round_to_int8((float)steps * scale + (float)zero_point);
}

#endif  // TFLITEKIT_KERNELS_ROUNDING_H_
