// Products of the recurrent layers on float32.
#ifndef TFLITEKIT_KERNELS_FLOAT_PRODUCT_H_
#define TFLITEKIT_KERNELS_FLOAT_PRODUCT_H_

#include <stdint.h>

// sums [positions, rows] += the windows of `map` [places, depth] times `weights` [taps, depth, rows].
// `sources` [positions, taps] are the places; a tap below 0 is outside.
void float_product_add(const int32_t* sources, int32_t taps, int32_t positions, const float* map,
                       int32_t depth, const float* weights, int32_t rows, float* sums);

#endif  // TFLITEKIT_KERNELS_FLOAT_PRODUCT_H_
