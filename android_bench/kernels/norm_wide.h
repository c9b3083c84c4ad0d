// Normalization of 16-bit rows: the versions, one file an instruction set; all give the same bits.
//
// Elements are scaled in float32, one operation after the other, and rounded once.
#ifndef TFLITEKIT_KERNELS_NORM_WIDE_H_
#define TFLITEKIT_KERNELS_NORM_WIDE_H_

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "norm_rows.h"
#include "norm_steps.h"

// sum = (a - a_zero) * a_scale + (b - b_zero) * b_scale, from -32767 to 32767.
typedef struct {
  int32_t a_zero, b_zero;
  const float *a_scale, *b_scale;  // one a column
} NormSum;

typedef struct {
  int64_t sum, squares;
} NormWideSums;

// y = (x - mean) * scale * gain + offset, from low to high.
typedef struct {
  float mean, scale;
  const float *gain, *offset;  // one a column
  float low, high;
} NormAffine;

// What is made of normalized rows: as the header says, with a gain and an offset of each column.
typedef struct {
  NormRows header;
  const float *gain, *offset;
  NormSteps y;
} NormView;

// No operand needs to be aligned. x is int16.
typedef struct {
  void (*add)(NormSteps a, NormSteps b, const NormSum* of, int16_t* sum, size_t n);
  void (*widen)(const int8_t* x, int16_t* y, size_t n);
  void (*narrow)(const int16_t* x, float scale, float zero, int8_t* y, size_t n);
  NormWideSums (*sums)(const int16_t* x, size_t n);
  void (*scale)(const int16_t* x, const NormAffine* of, NormSteps y, size_t n);
} NormWide;

// X(instruction set), the best first.
#if defined(__x86_64__)
#define NORM_WIDE_VERSIONS(X) X(avx512bw) X(avx2)
#elif defined(__aarch64__)
#define NORM_WIDE_VERSIONS(X) X(neon)
#endif

NormWideSums norm_wide_sums_scalar(const int16_t* x, size_t n);

typedef const NormWide* NormWideVersion(void);
NormWideVersion norm_wide_scalar;
#define NORM_WIDE_DECLARE(isa) NormWideVersion norm_wide_##isa;
NORM_WIDE_VERSIONS(NORM_WIDE_DECLARE)
#undef NORM_WIDE_DECLARE

// The version for this processor.
const NormWide* norm_wide(void);

// Rows one after the other, each as long as the first view's header says, and so is what they are
// normalized by. Each view's y is taken from behind `place` elements.
void norm_wide_rows(const NormWide* version, const int16_t* x, const NormView* views,
                    size_t num_views, size_t place, size_t rows);

#endif  // TFLITEKIT_KERNELS_NORM_WIDE_H_
