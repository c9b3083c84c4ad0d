// The versions of tflitekit.lrn, one file an instruction set; all give the same bits.
#ifndef TFLITEKIT_KERNELS_LRN_H_
#define TFLITEKIT_KERNELS_LRN_H_

#include <stddef.h>
#include <stdint.h>

enum { kLrnPieceBits = 17 };  // of a float32: 6 bits behind the point remain

// The power of a float32, as y steps for one of x: of the bits behind `first`, those above a
// piece's own tell which piece, and value + slope * those of its own is the power.
typedef struct {
  float value, slope;
} LrnPiece;

typedef struct {
  const LrnPiece* pieces;
  int32_t last;   // the number of the last piece
  int32_t first;  // the bits of the float32 at which the first begins
  float bias, alpha;
  int32_t x_zero, y_zero;
} LrnScale;

// y[i] = (x[i] - x_zero) * power(bias + alpha * sums[i]) + y_zero.
typedef void LrnFunction(const LrnScale* scale, const int8_t* x, const int32_t* sums, int8_t* y,
                         size_t n);

// X(instruction set), the best first.
#if defined(__x86_64__)
#define LRN_VERSIONS(X) X(avx2)
#elif defined(__aarch64__)
#define LRN_VERSIONS(X) X(neon)
#endif

LrnFunction lrn_scalar;
#define LRN_DECLARE(isa) LrnFunction lrn_##isa;
LRN_VERSIONS(LRN_DECLARE)
#undef LRN_DECLARE

#endif  // TFLITEKIT_KERNELS_LRN_H_
