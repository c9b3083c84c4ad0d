// 8 sums at a time.
#if defined(__x86_64__)
#include <immintrin.h>

#include "requantize.h"

#define AVX2 __attribute__((target("avx2")))

enum { kLanes = 8 };

// Only what is too large needs a limit: too small and too large are both INT32_MIN without.
AVX2 static inline __m128i vector(__m256i x, __m256 scale, __m256 zero_point) {
  __m256 y = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(x), scale), zero_point);
  __m256i steps = _mm256_cvtps_epi32(_mm256_min_ps(y, _mm256_set1_ps(INT8_MAX)));
  __m128i low = _mm256_castsi256_si128(steps), high = _mm256_extracti128_si256(steps, 1);
  __m128i words = _mm_packs_epi32(low, high);
  return _mm_packs_epi16(words, words);
}

AVX2 void requantize_avx2(const int32_t* x, float scale, int32_t zero_point, int8_t* y, size_t n) {
  __m256 factor = _mm256_set1_ps(scale), term = _mm256_set1_ps((float)zero_point);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    __m256i sums = _mm256_loadu_si256((const __m256i*)(x + i));
    _mm_storel_epi64((__m128i*)(y + i), vector(sums, factor, term));
  }
  requantize_scalar(x + i, scale, zero_point, y + i, n - i);
}
#endif
