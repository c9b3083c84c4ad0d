// The versions of tflitekit.arithmetic, one file an instruction set; all give the same bits.
#ifndef TFLITEKIT_KERNELS_ARITHMETIC_H_
#define TFLITEKIT_KERNELS_ARITHMETIC_H_

#include <stddef.h>
#include <stdint.h>

#include "broadcast.h"

enum { kSum, kProduct, kQuotient, kSquaredDifference, kRectified, kFunctions };

// The block of parameters; tflitekit/kernels/arithmetic.py tells what each is for.
typedef struct {
  int32_t function, a_zero, b_zero, y_zero;
  int32_t a_factor, b_factor, offset, bias, shift, doublings;
  int32_t low, high;
} ArithmeticHeader;

typedef struct {
  const ArithmeticHeader* header;
  const int16_t *factors, *units;  // of quotients, entry b + 128 for the divisor b; else NULL
} Arithmetic;

// X(instruction set), the best first.
#if defined(__x86_64__)
#define ARITHMETIC_VERSIONS(X) X(avx512vbmi) X(avx512bw) X(avx2)
#elif defined(__aarch64__)
#define ARITHMETIC_VERSIONS(X) X(neon)
#endif

// The context is an `Arithmetic`.
BroadcastFunction arithmetic_scalar;
#define ARITHMETIC_DECLARE(isa) BroadcastFunction arithmetic_##isa;
ARITHMETIC_VERSIONS(ARITHMETIC_DECLARE)
#undef ARITHMETIC_DECLARE

#endif  // TFLITEKIT_KERNELS_ARITHMETIC_H_
