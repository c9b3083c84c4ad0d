// Sums of products of a few rows of int8 with rows of int8 weights, one file an instruction set; the
// sums are exact, so all versions give the same.
#ifndef TFLITEKIT_KERNELS_FULLY_CONNECTED_H_
#define TFLITEKIT_KERNELS_FULLY_CONNECTED_H_

#include <stddef.h>
#include <stdint.h>

enum {
  kFullyConnectedTogether = 4,  // rows of weights that are multiplied at once
  kFullyConnectedTile = 64,     // outputs of a call, a multiple of it
};

// Some outputs of a call.
typedef struct {
  const int8_t* x;        // [rows, depth]
  const int8_t* weights;  // [outputs, depth]
  size_t rows, depth, outputs;
  const int32_t* biases;  // [outputs], less what the zero point of x is worth
  const int32_t* sums;    // of the weights of each output
  const float* scales;    // [outputs]
  float zero_point, low, high;
  int8_t* y;        // [rows, outputs], `stride` bytes from one row to the next
  size_t stride;
} FullyConnected;

// y = the sum of x times weights, plus bias, times scale, plus zero point, rounded and limited.
typedef void FullyConnectedFunction(const FullyConnected* part);

// X(instruction set), the best first.
#if defined(__x86_64__)
#define FULLY_CONNECTED_VERSIONS(X) X(avx512vnni) X(avx2)
#elif defined(__aarch64__)
#define FULLY_CONNECTED_VERSIONS(X) X(dotprod) X(neon)
#endif

FullyConnectedFunction fully_connected_scalar;
#define FULLY_CONNECTED_DECLARE(isa) FullyConnectedFunction fully_connected_##isa;
FULLY_CONNECTED_VERSIONS(FULLY_CONNECTED_DECLARE)
#undef FULLY_CONNECTED_DECLARE

#endif  // TFLITEKIT_KERNELS_FULLY_CONNECTED_H_
