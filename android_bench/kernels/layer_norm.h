// The versions of tflitekit.layer_norm, one file an instruction set; all give the same bits.
#ifndef TFLITEKIT_KERNELS_LAYER_NORM_H_
#define TFLITEKIT_KERNELS_LAYER_NORM_H_

#include <stddef.h>
#include <stdint.h>

typedef struct {
  int32_t sum, squares;
} LayerNormSums;

// How the elements of a row become 16-bit numbers: ((x << shift) - mean) * scale, where the
// difference fits 16 bits and scale is a fraction of 2^15.
typedef struct {
  int32_t shift;  // 0 to 15
  int16_t mean, scale;
} LayerNormRow;

// How these become y: (number * gain + offset) >> shift, where gain is a fraction of 2^15, the sum
// saturates, and half of what the shift takes away is in the offset.
typedef struct {
  const int16_t *gain, *offset;  // one a column
  int32_t shift;
  int8_t low, high;  // the limits of y
} LayerNormAffine;

// The sum of n elements and that of their squares.
typedef LayerNormSums LayerNormSum(const int8_t* x, size_t n);

// x and y may be the same, and need no alignment.
typedef void LayerNormScale(const int8_t* x, const LayerNormRow* row, const LayerNormAffine* affine,
                            int8_t* y, size_t n);

typedef struct {
  LayerNormSum* sum;
  LayerNormScale* scale;
} LayerNorm;

// X(instruction set), the best first.
#if defined(__x86_64__)
#define LAYER_NORM_VERSIONS(X) X(avx512vnni) X(avx512bw) X(avx2)
#elif defined(__aarch64__)
#define LAYER_NORM_VERSIONS(X) X(dotprod) X(neon)
#endif

LayerNormSum layer_norm_sum_scalar;
LayerNormScale layer_norm_scale_scalar, layer_norm_scale_avx512bw, layer_norm_scale_neon;

typedef const LayerNorm* LayerNormVersion(void);
LayerNormVersion layer_norm_scalar;
#define LAYER_NORM_DECLARE(isa) LayerNormVersion layer_norm_##isa;
LAYER_NORM_VERSIONS(LAYER_NORM_DECLARE)
#undef LAYER_NORM_DECLARE

// A row behind its first `done` columns, for those that are left to the plain version.
static inline void layer_norm_scale_rest(const int8_t* x, const LayerNormRow* row,
                                         const LayerNormAffine* affine, int8_t* y, size_t n,
                                         size_t done) {
  LayerNormAffine rest = *affine;
  rest.gain += done;
  rest.offset += done;
  layer_norm_scale_scalar(x + done, row, &rest, y + done, n - done);
}

#endif  // TFLITEKIT_KERNELS_LAYER_NORM_H_
