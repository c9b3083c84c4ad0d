// 32 channels at a time.
#if defined(__x86_64__)
#include <immintrin.h>

#include "average_pool.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl")))
#define INLINE TARGET static inline __attribute__((always_inline))
#define VERSION average_pool_avx512bw

enum { kLanes = 32 };
typedef __m512i Words;
typedef struct {
  __m512i low, high;
} Ints;

INLINE __mmask32 first(size_t n) { return (__mmask32)((1ull << n) - 1); }

INLINE Words wide(const int8_t* x) {
  return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i*)x));
}
INLINE Words wide_some(const int8_t* x, size_t n) {
  return _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(first(n), x));
}

INLINE Words words(int32_t x) { return _mm512_set1_epi16((short)x); }
INLINE Words plus(Words x, Words y) { return _mm512_add_epi16(x, y); }
INLINE Words plus_most(Words x, Words y) { return _mm512_adds_epi16(x, y); }
INLINE Words up(Words x, int32_t n) { return _mm512_sll_epi16(x, _mm_cvtsi32_si128(n)); }
INLINE Words down(Words x, int32_t n) { return _mm512_sra_epi16(x, _mm_cvtsi32_si128(n)); }
INLINE Words times(Words x, Words y) { return _mm512_mulhrs_epi16(x, y); }

INLINE Ints no_ints(void) { return (Ints){_mm512_setzero_si512(), _mm512_setzero_si512()}; }
INLINE Ints add(Ints x, Words y) {
  __m256i low = _mm512_castsi512_si256(y), high = _mm512_extracti64x4_epi64(y, 1);
  return (Ints){_mm512_add_epi32(x.low, _mm512_cvtepi16_epi32(low)),
                _mm512_add_epi32(x.high, _mm512_cvtepi16_epi32(high))};
}
INLINE __m256i rounded(__m512i x, int32_t n) {
  x = _mm512_add_epi32(x, _mm512_set1_epi32(1 << n >> 1));
  return _mm512_cvtsepi32_epi16(_mm512_sra_epi32(x, _mm_cvtsi32_si128(n)));
}
INLINE Words down_to_words(Ints x, int32_t n) {
  Words low = _mm512_castsi256_si512(rounded(x.low, n));
  return _mm512_inserti64x4(low, rounded(x.high, n), 1);
}

INLINE __m256i clamped(const Window* w, Words x) {
  __m256i y = _mm256_max_epi8(_mm512_cvtsepi16_epi8(x), _mm256_set1_epi8((char)w->low));
  return _mm256_min_epi8(y, _mm256_set1_epi8((char)w->high));
}
INLINE void store(const Window* w, int8_t* y, Words x) {
  _mm256_storeu_si256((__m256i*)y, clamped(w, x));
}
INLINE void store_some(const Window* w, int8_t* y, Words x, size_t n) {
  _mm256_mask_storeu_epi8(y, first(n), clamped(w, x));
}

#include "average_pool_vectors.h"
#endif
