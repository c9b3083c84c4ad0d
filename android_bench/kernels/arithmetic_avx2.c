// 32 elements at a time.
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "arithmetic.h"

#define TARGET __attribute__((target("avx2")))
#define INLINE TARGET static inline __attribute__((always_inline))
#define VERSION arithmetic_avx2

enum { kLanes = 32 };
typedef __m256i Bytes;
typedef __m256i Words;

INLINE Bytes load(const int8_t* x) { return _mm256_loadu_si256((const __m256i*)x); }
INLINE Bytes load_some(const int8_t* x, size_t n) {
  int8_t whole[kLanes] = {0};
  memcpy(whole, x, n);
  return load(whole);
}
INLINE void store(int8_t* y, Bytes x) { _mm256_storeu_si256((__m256i*)y, x); }
INLINE void store_some(int8_t* y, Bytes x, size_t n) {
  int8_t whole[kLanes];
  store(whole, x);
  memcpy(y, whole, n);
}
INLINE Bytes fill(int8_t x) { return _mm256_set1_epi8(x); }

INLINE Words high_low(Bytes x) { return _mm256_unpacklo_epi8(_mm256_setzero_si256(), x); }
INLINE Words high_high(Bytes x) { return _mm256_unpackhi_epi8(_mm256_setzero_si256(), x); }

INLINE Words words(int32_t x) { return _mm256_set1_epi16((short)x); }
INLINE Words times(Words x, Words y) { return _mm256_mulhrs_epi16(x, y); }
INLINE Words plus(Words x, Words y) { return _mm256_adds_epi16(x, y); }
INLINE Words minus(Words x, Words y) { return _mm256_subs_epi16(x, y); }
INLINE Words halve(Words x, int32_t n) { return _mm256_sra_epi16(x, _mm_cvtsi32_si128(n)); }
INLINE Words most(Words x, Words y) { return _mm256_max_epi16(x, y); }
INLINE Words least(Words x, Words y) { return _mm256_min_epi16(x, y); }
INLINE Bytes narrow(Words low, Words high) { return _mm256_packs_epi16(low, high); }
INLINE Bytes clamp(Bytes x, Bytes low, Bytes high) {
  return _mm256_min_epi8(_mm256_max_epi8(x, low), high);
}

#include "arithmetic_vectors.h"
#endif
