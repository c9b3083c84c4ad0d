// The versions of tflitekit.group_norm, one file an instruction set; all give the same bits.
#ifndef TFLITEKIT_KERNELS_GROUP_NORM_H_
#define TFLITEKIT_KERNELS_GROUP_NORM_H_

#include <stddef.h>
#include <stdint.h>

// Elements whose sums fit the vector lanes of 32 bits that gather them.
enum { kGroupNormSpan = 1 << 17 };

typedef struct {
  int64_t sum, squares;
} GroupNormSums;

// How the elements of a line are scaled: y = ((x - mean) * scale) * gain + offset.
typedef struct {
  const float *mean, *scale;   // one for the line of a row, one a column for that of columns
  const float *gain, *offset;  // one an element
  float low, high;             // the limits of y, integers
} GroupNormLine;

// What is left of a line behind i elements; `per_column` moves its statistics, too.
static inline GroupNormLine group_norm_behind(const GroupNormLine* line, size_t i, int per_column) {
  GroupNormLine rest = *line;
  rest.gain += i;
  rest.offset += i;
  if (per_column) {
    rest.mean += i;
    rest.scale += i;
  }
  return rest;
}

typedef struct {
  // The sum of n <= kGroupNormSpan elements and that of their squares.
  GroupNormSums (*sum_row)(const int8_t* x, size_t n);
  // The same of each of n columns of `rows` rows, `stride` apart; rows <= kGroupNormMostRows.
  void (*sum_columns)(const int8_t* x, size_t rows, size_t stride, size_t n, int32_t* sums,
                      int32_t* squares);
  // Of a row, and of columns. x and y may be the same, and need no alignment.
  void (*scale_row)(const int8_t* x, const GroupNormLine* line, int8_t* y, size_t n);
  void (*scale_columns)(const int8_t* x, const GroupNormLine* line, int8_t* y, size_t n);
} GroupNorm;

enum { kGroupNormMostRows = 1 << 16 };

// X(instruction set), the best first.
#if defined(__x86_64__)
#define GROUP_NORM_VERSIONS(X) X(avx512bw) X(avx2)
#elif defined(__aarch64__)
#define GROUP_NORM_VERSIONS(X) X(neon)
#endif

typedef const GroupNorm* GroupNormVersion(void);
GroupNormVersion group_norm_scalar;
#define GROUP_NORM_DECLARE(isa) GroupNormVersion group_norm_##isa;
GROUP_NORM_VERSIONS(GROUP_NORM_DECLARE)
#undef GROUP_NORM_DECLARE

#endif  // TFLITEKIT_KERNELS_GROUP_NORM_H_
