#if defined(__x86_64__)
#include <immintrin.h>

#include "abs_difference.h"

#define AVX2 __attribute__((target("avx2")))

enum { kLanes = 8 };

AVX2 static inline __m256 scaled(const int8_t* x, int32_t zero, float factor) {
  __m256i wide = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i*)x));
  __m256i steps = _mm256_sub_epi32(wide, _mm256_set1_epi32(zero));
  return _mm256_mul_ps(_mm256_cvtepi32_ps(steps), _mm256_set1_ps(factor));
}

// Clamped before it is converted, as rounding.h asks; the first bound takes the place of NaN.
AVX2 static inline void store_rounded(int8_t* y, __m256 x) {
  x = _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(-128)), _mm256_set1_ps(127));
  __m256i rounded = _mm256_cvtps_epi32(x);
  __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(rounded),
                                  _mm256_extracti128_si256(rounded, 1));
  _mm_storel_epi64((__m128i*)y, _mm_packs_epi16(words, words));
}

AVX2 void abs_difference_avx2(const AbsDifference* p, const int8_t* a, const int8_t* b, int8_t* y,
                              size_t n) {
  const __m256 sign = _mm256_set1_ps(-0.0f), y_zero = _mm256_set1_ps((float)p->y_zero);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    __m256 left = scaled(a + i, p->a_zero, p->a_factor);
    __m256 right = scaled(b + i, p->b_zero, p->b_factor);
    __m256 size = _mm256_andnot_ps(sign, _mm256_sub_ps(left, right));
    store_rounded(y + i, _mm256_add_ps(size, y_zero));
  }
  abs_difference_scalar(p, a + i, b + i, y + i, n - i);
}
#endif
