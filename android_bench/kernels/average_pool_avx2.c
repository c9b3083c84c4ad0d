// 16 channels at a time.
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "average_pool.h"

#define TARGET __attribute__((target("avx2")))
#define INLINE TARGET static inline __attribute__((always_inline))
#define VERSION average_pool_avx2

enum { kLanes = 16 };
typedef __m256i Words;
typedef struct {
  __m256i low, high;
} Ints;

INLINE Words wide(const int8_t* x) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)x));
}
INLINE Words wide_some(const int8_t* x, size_t n) {
  int8_t whole[kLanes] = {0};
  memcpy(whole, x, n);
  return wide(whole);
}

INLINE Words words(int32_t x) { return _mm256_set1_epi16((short)x); }
INLINE Words plus(Words x, Words y) { return _mm256_add_epi16(x, y); }
INLINE Words plus_most(Words x, Words y) { return _mm256_adds_epi16(x, y); }
INLINE Words up(Words x, int32_t n) { return _mm256_sll_epi16(x, _mm_cvtsi32_si128(n)); }
INLINE Words down(Words x, int32_t n) { return _mm256_sra_epi16(x, _mm_cvtsi32_si128(n)); }
INLINE Words times(Words x, Words y) { return _mm256_mulhrs_epi16(x, y); }

// The packing instructions work in halves of 128 bits: this puts their quarters in order.
INLINE __m256i in_order(__m256i x) { return _mm256_permute4x64_epi64(x, _MM_SHUFFLE(3, 1, 2, 0)); }

INLINE Ints no_ints(void) { return (Ints){_mm256_setzero_si256(), _mm256_setzero_si256()}; }
INLINE Ints add(Ints x, Words y) {
  __m128i low = _mm256_castsi256_si128(y), high = _mm256_extracti128_si256(y, 1);
  return (Ints){_mm256_add_epi32(x.low, _mm256_cvtepi16_epi32(low)),
                _mm256_add_epi32(x.high, _mm256_cvtepi16_epi32(high))};
}
INLINE __m256i rounded(__m256i x, int32_t n) {
  x = _mm256_add_epi32(x, _mm256_set1_epi32(1 << n >> 1));
  return _mm256_sra_epi32(x, _mm_cvtsi32_si128(n));
}
INLINE Words down_to_words(Ints x, int32_t n) {
  return in_order(_mm256_packs_epi32(rounded(x.low, n), rounded(x.high, n)));
}

INLINE void store(const Window* w, int8_t* y, Words x) {
  __m128i found = _mm256_castsi256_si128(in_order(_mm256_packs_epi16(x, x)));
  found = _mm_max_epi8(found, _mm_set1_epi8((char)w->low));
  found = _mm_min_epi8(found, _mm_set1_epi8((char)w->high));
  _mm_storeu_si128((__m128i*)y, found);
}
INLINE void store_some(const Window* w, int8_t* y, Words x, size_t n) {
  int8_t whole[kLanes];
  store(w, whole, x);
  memcpy(y, whole, n);
}

#include "average_pool_vectors.h"
#endif
