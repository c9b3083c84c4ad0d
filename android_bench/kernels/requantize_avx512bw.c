// 16 sums at a time.
#if defined(__x86_64__)
#include <immintrin.h>

#include "requantize.h"

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl")))

enum { kLanes = 16 };

// Only what is too large needs a limit: too small and too large are both INT32_MIN without.
AVX512 static inline __m128i vector(__m512i x, __m512 scale, __m512 zero_point) {
  __m512 y = _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(x), scale), zero_point);
  y = _mm512_min_ps(y, _mm512_set1_ps(INT8_MAX));
  return _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(y));
}

AVX512 void requantize_avx512bw(const int32_t* x, float scale, int32_t zero_point, int8_t* y,
                                size_t n) {
  __m512 factor = _mm512_set1_ps(scale), term = _mm512_set1_ps((float)zero_point);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    _mm_storeu_si128((__m128i*)(y + i), vector(_mm512_loadu_si512(x + i), factor, term));
  }
  if (i == n) return;
  __mmask16 left = (__mmask16)((1u << (n - i)) - 1);
  __m512i last = _mm512_maskz_loadu_epi32(left, x + i);
  _mm_mask_storeu_epi8(y + i, left, vector(last, factor, term));
}
#endif
