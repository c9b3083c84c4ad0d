// 16 elements at a time are summed, 8 are scaled.
#if defined(__x86_64__)
#include <immintrin.h>

#include "group_norm.h"

#define AVX2 __attribute__((target("avx2")))
#define INLINE AVX2 static inline __attribute__((always_inline))

enum { kLanes = 8 };

INLINE __m256i load_int8(const int8_t* x) {
  return _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i*)x));
}

INLINE void store_int8(int8_t* y, __m256i values) {
  __m128i low = _mm256_castsi256_si128(values), high = _mm256_extracti128_si256(values, 1);
  __m128i words = _mm_packs_epi32(low, high);
  _mm_storel_epi64((__m128i*)y, _mm_packs_epi16(words, words));
}

// The sum of 8 lanes.
INLINE int64_t total(__m256i lanes) {
  __m256i low = _mm256_cvtepi32_epi64(_mm256_castsi256_si128(lanes));
  __m256i high = _mm256_cvtepi32_epi64(_mm256_extracti128_si256(lanes, 1));
  int64_t each[4];
  _mm256_storeu_si256((__m256i*)each, _mm256_add_epi64(low, high));
  return each[0] + each[1] + each[2] + each[3];
}

AVX2 static GroupNormSums sum_row(const int8_t* x, size_t n) {
  const __m256i one = _mm256_set1_epi16(1);
  __m256i sum = _mm256_setzero_si256(), squares = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    __m256i words = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)(x + i)));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(words, one));
    squares = _mm256_add_epi32(squares, _mm256_madd_epi16(words, words));
  }
  GroupNormSums rest = group_norm_scalar()->sum_row(x + i, n - i);
  return (GroupNormSums){total(sum) + rest.sum, total(squares) + rest.squares};
}

AVX2 static void sum_columns(const int8_t* x, size_t rows, size_t stride, size_t n, int32_t* sums,
                             int32_t* squares) {
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    __m256i sum = _mm256_setzero_si256(), square = _mm256_setzero_si256();
    for (size_t row = 0; row < rows; ++row) {
      __m256i values = load_int8(x + row * stride + i);
      sum = _mm256_add_epi32(sum, values);
      square = _mm256_add_epi32(square, _mm256_mullo_epi32(values, values));
    }
    _mm256_storeu_si256((__m256i*)(sums + i), sum);
    _mm256_storeu_si256((__m256i*)(squares + i), square);
  }
  group_norm_scalar()->sum_columns(x + i, rows, stride, n - i, sums + i, squares + i);
}

INLINE __m256i scaled(__m256i x, const GroupNormLine* line, __m256 mean, __m256 scale, size_t i) {
  __m256 centered = _mm256_mul_ps(_mm256_sub_ps(_mm256_cvtepi32_ps(x), mean), scale);
  __m256 gained = _mm256_mul_ps(centered, _mm256_loadu_ps(line->gain + i));
  __m256 steps = _mm256_add_ps(gained, _mm256_loadu_ps(line->offset + i));
  steps = _mm256_max_ps(steps, _mm256_set1_ps(line->low));  // of NaN: low
  return _mm256_cvtps_epi32(_mm256_min_ps(steps, _mm256_set1_ps(line->high)));
}

AVX2 static void scale_row(const int8_t* x, const GroupNormLine* line, int8_t* y, size_t n) {
  __m256 mean = _mm256_set1_ps(*line->mean), scale = _mm256_set1_ps(*line->scale);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    store_int8(y + i, scaled(load_int8(x + i), line, mean, scale, i));
  }
  GroupNormLine rest = group_norm_behind(line, i, 0);
  group_norm_scalar()->scale_row(x + i, &rest, y + i, n - i);
}

AVX2 static void scale_columns(const int8_t* x, const GroupNormLine* line, int8_t* y, size_t n) {
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    __m256 mean = _mm256_loadu_ps(line->mean + i), scale = _mm256_loadu_ps(line->scale + i);
    store_int8(y + i, scaled(load_int8(x + i), line, mean, scale, i));
  }
  GroupNormLine rest = group_norm_behind(line, i, 1);
  group_norm_scalar()->scale_columns(x + i, &rest, y + i, n - i);
}

const GroupNorm* group_norm_avx2(void) {
  static const GroupNorm version = {sum_row, sum_columns, scale_row, scale_columns};
  return &version;
}
#endif
