// 64 elements at a time are summed, 16 are scaled.
#if defined(__x86_64__)
#include <immintrin.h>

#include "group_norm.h"

#define AVX512 __attribute__((target("avx512f,avx512bw")))
#define INLINE AVX512 static inline __attribute__((always_inline))

enum { kLanes = 16 };

// The first n of 16 elements; those behind them are 0 and are not touched.
INLINE __m512i load_int8(const int8_t* x, size_t n) {
  if (n >= kLanes) return _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i*)x));
  __m512i bytes = _mm512_maskz_loadu_epi8((1u << n) - 1, x);
  return _mm512_cvtepi8_epi32(_mm512_castsi512_si128(bytes));
}

INLINE __m512 load_float(const float* x, size_t n) {
  return n >= kLanes ? _mm512_loadu_ps(x) : _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), x);
}

INLINE void store_int8(int8_t* y, __m512i values, size_t n) {
  __m128i bytes = _mm512_cvtepi32_epi8(values);
  if (n >= kLanes) {
    _mm_storeu_si128((__m128i*)y, bytes);
  } else {
    _mm512_mask_storeu_epi8(y, (1u << n) - 1, _mm512_castsi128_si512(bytes));
  }
}

// The sum of 16 lanes.
INLINE int64_t total(__m512i lanes) {
  __m512i low = _mm512_cvtepi32_epi64(_mm512_castsi512_si256(lanes));
  __m512i high = _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(lanes, 1));
  return _mm512_reduce_add_epi64(_mm512_add_epi64(low, high));
}

AVX512 static GroupNormSums sum_row(const int8_t* x, size_t n) {
  const __m512i one = _mm512_set1_epi16(1);
  __m512i sum = _mm512_setzero_si512(), squares = _mm512_setzero_si512();
  for (size_t i = 0; i < n; i += 64) {
    __mmask64 left = n - i >= 64 ? ~0ull : (1ull << (n - i)) - 1;
    __m512i bytes = _mm512_maskz_loadu_epi8(left, x + i);
    __m512i low = _mm512_cvtepi8_epi16(_mm512_castsi512_si256(bytes));
    __m512i high = _mm512_cvtepi8_epi16(_mm512_extracti64x4_epi64(bytes, 1));
    sum = _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_add_epi16(low, high), one));
    __m512i both = _mm512_add_epi32(_mm512_madd_epi16(low, low), _mm512_madd_epi16(high, high));
    squares = _mm512_add_epi32(squares, both);
  }
  return (GroupNormSums){total(sum), total(squares)};
}

AVX512 static void sum_columns(const int8_t* x, size_t rows, size_t stride, size_t n,
                               int32_t* sums, int32_t* squares) {
  for (size_t i = 0; i < n; i += kLanes) {
    __m512i sum = _mm512_setzero_si512(), square = _mm512_setzero_si512();
    for (size_t row = 0; row < rows; ++row) {
      __m512i values = load_int8(x + row * stride + i, n - i);
      sum = _mm512_add_epi32(sum, values);
      square = _mm512_add_epi32(square, _mm512_mullo_epi32(values, values));
    }
    __mmask16 left = (__mmask16)(n - i >= kLanes ? 0xffff : (1u << (n - i)) - 1);
    _mm512_mask_storeu_epi32(sums + i, left, sum);
    _mm512_mask_storeu_epi32(squares + i, left, square);
  }
}

INLINE __m512i scaled(__m512i x, const GroupNormLine* line, __m512 mean, __m512 scale, size_t i,
                      size_t n) {
  __m512 centered = _mm512_mul_ps(_mm512_sub_ps(_mm512_cvtepi32_ps(x), mean), scale);
  __m512 gained = _mm512_mul_ps(centered, load_float(line->gain + i, n));
  __m512 steps = _mm512_add_ps(gained, load_float(line->offset + i, n));
  steps = _mm512_max_ps(steps, _mm512_set1_ps(line->low));  // of NaN: low
  return _mm512_cvtps_epi32(_mm512_min_ps(steps, _mm512_set1_ps(line->high)));
}

AVX512 static void scale_row(const int8_t* x, const GroupNormLine* line, int8_t* y, size_t n) {
  __m512 mean = _mm512_set1_ps(*line->mean), scale = _mm512_set1_ps(*line->scale);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    store_int8(y + i, scaled(load_int8(x + i, kLanes), line, mean, scale, i, kLanes), kLanes);
  }
  if (i < n) store_int8(y + i, scaled(load_int8(x + i, n - i), line, mean, scale, i, n - i), n - i);
}

AVX512 static void scale_columns(const int8_t* x, const GroupNormLine* line, int8_t* y, size_t n) {
  for (size_t i = 0; i < n; i += kLanes) {
    size_t left = n - i;
    __m512 mean = load_float(line->mean + i, left), scale = load_float(line->scale + i, left);
    store_int8(y + i, scaled(load_int8(x + i, left), line, mean, scale, i, left), left);
  }
}

const GroupNorm* group_norm_avx512bw(void) {
  static const GroupNorm version = {sum_row, sum_columns, scale_row, scale_columns};
  return &version;
}
#endif
