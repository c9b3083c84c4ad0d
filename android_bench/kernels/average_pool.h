// The versions of tflitekit.average_pool, one file an instruction set; all give the same bits.
#ifndef TFLITEKIT_KERNELS_AVERAGE_POOL_H_
#define TFLITEKIT_KERNELS_AVERAGE_POOL_H_

#include <stddef.h>
#include <stdint.h>

// A part of an image, which gives one pixel of the output: the sum over it, shifted by `align` (to
// the right, rounded, where it is negative) and multiplied with factor / 2^15, is in units, of
// which an output step has 2^shift.
typedef struct {
  size_t height, width;  // of what lies inside the image; not 0
  size_t row;            // elements from one row of the image to the next
  size_t channels;
  int32_t align, factor;
  int32_t doublings, bias, shift, low, high;
} Window;

enum { kMostInInt16 = 255 };  // int8 that int16 holds the sum of

typedef void PoolFunction(const Window* window, const int8_t* x, int8_t* y);

// X(instruction set), the best first.
#if defined(__x86_64__)
#define AVERAGE_POOL_VERSIONS(X) X(avx512bw) X(avx2)
#elif defined(__aarch64__)
#define AVERAGE_POOL_VERSIONS(X) X(neon)
#endif

PoolFunction average_pool_scalar;
#define AVERAGE_POOL_DECLARE(isa) PoolFunction average_pool_##isa;
AVERAGE_POOL_VERSIONS(AVERAGE_POOL_DECLARE)
#undef AVERAGE_POOL_DECLARE

#endif  // TFLITEKIT_KERNELS_AVERAGE_POOL_H_
