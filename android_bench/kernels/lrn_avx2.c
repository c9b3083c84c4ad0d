// 8 elements at a time; both numbers of a piece are gathered.
#if defined(__x86_64__)
#include <immintrin.h>

#include "lrn.h"

#define AVX2 __attribute__((target("avx2")))
#define INLINE AVX2 static inline __attribute__((always_inline))

enum { kLanes = 8 };

INLINE __m256 power(const LrnScale* scale, __m256 base) {
  const __m256i own = _mm256_set1_epi32((1 << kLrnPieceBits) - 1);
  __m256i first = _mm256_set1_epi32(scale->first);
  __m256i bits = _mm256_sub_epi32(_mm256_max_epi32(_mm256_castps_si256(base), first), first);
  __m256i place = _mm256_srli_epi32(bits, kLrnPieceBits);
  place = _mm256_min_epi32(place, _mm256_set1_epi32(scale->last));
  __m256 value = _mm256_i32gather_ps(&scale->pieces->value, place, sizeof(LrnPiece));
  __m256 slope = _mm256_i32gather_ps(&scale->pieces->slope, place, sizeof(LrnPiece));
  __m256 rest = _mm256_cvtepi32_ps(_mm256_and_si256(bits, own));
  return _mm256_add_ps(value, _mm256_mul_ps(slope, rest));
}

INLINE __m256i scaled(const LrnScale* scale, __m256i x, __m256i sums) {
  __m256 parts = _mm256_mul_ps(_mm256_set1_ps(scale->alpha), _mm256_cvtepi32_ps(sums));
  __m256 factor = power(scale, _mm256_add_ps(_mm256_set1_ps(scale->bias), parts));
  __m256 centered = _mm256_cvtepi32_ps(_mm256_sub_epi32(x, _mm256_set1_epi32(scale->x_zero)));
  __m256 steps = _mm256_mul_ps(centered, factor);
  steps = _mm256_add_ps(steps, _mm256_set1_ps((float)scale->y_zero));
  steps = _mm256_max_ps(steps, _mm256_set1_ps(-128));  // of NaN: -128
  return _mm256_cvtps_epi32(_mm256_min_ps(steps, _mm256_set1_ps(127)));
}

AVX2 void lrn_avx2(const LrnScale* scale, const int8_t* x, const int32_t* sums, int8_t* y,
                   size_t n) {
  const LrnScale of = *scale;
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    __m256i values = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i*)(x + i)));
    __m256i steps = scaled(&of, values, _mm256_loadu_si256((const __m256i*)(sums + i)));
    __m128i low = _mm256_castsi256_si128(steps), high = _mm256_extracti128_si256(steps, 1);
    __m128i words = _mm_packs_epi32(low, high);
    _mm_storel_epi64((__m128i*)(y + i), _mm_packs_epi16(words, words));
  }
  lrn_scalar(scale, x + i, sums + i, y + i, n - i);
}
#endif
