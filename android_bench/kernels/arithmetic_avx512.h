// What arithmetic_vectors.h needs, in vectors of 512 bits. Included by the file of an instruction
// set, once it has defined TARGET.
#ifndef TFLITEKIT_KERNELS_ARITHMETIC_AVX512_H_
#define TFLITEKIT_KERNELS_ARITHMETIC_AVX512_H_

#include <immintrin.h>

#include "arithmetic.h"

#define INLINE TARGET static inline __attribute__((always_inline))

enum { kLanes = 64 };
typedef __m512i Bytes;
typedef __m512i Words;

INLINE __mmask64 first(size_t n) { return (1ull << n) - 1; }

INLINE Bytes load(const int8_t* x) { return _mm512_loadu_si512(x); }
INLINE Bytes load_some(const int8_t* x, size_t n) { return _mm512_maskz_loadu_epi8(first(n), x); }
INLINE void store(int8_t* y, Bytes x) { _mm512_storeu_si512(y, x); }
INLINE void store_some(int8_t* y, Bytes x, size_t n) { _mm512_mask_storeu_epi8(y, first(n), x); }
INLINE Bytes fill(int8_t x) { return _mm512_set1_epi8(x); }

INLINE Words high_low(Bytes x) { return _mm512_unpacklo_epi8(_mm512_setzero_si512(), x); }
INLINE Words high_high(Bytes x) { return _mm512_unpackhi_epi8(_mm512_setzero_si512(), x); }

INLINE Words words(int32_t x) { return _mm512_set1_epi16((short)x); }
INLINE Words times(Words x, Words y) { return _mm512_mulhrs_epi16(x, y); }
INLINE Words plus(Words x, Words y) { return _mm512_adds_epi16(x, y); }
INLINE Words minus(Words x, Words y) { return _mm512_subs_epi16(x, y); }
INLINE Words halve(Words x, int32_t n) { return _mm512_sra_epi16(x, _mm_cvtsi32_si128(n)); }
INLINE Words most(Words x, Words y) { return _mm512_max_epi16(x, y); }
INLINE Words least(Words x, Words y) { return _mm512_min_epi16(x, y); }
INLINE Bytes narrow(Words low, Words high) { return _mm512_packs_epi16(low, high); }
INLINE Bytes clamp(Bytes x, Bytes low, Bytes high) {
  return _mm512_min_epi8(_mm512_max_epi8(x, low), high);
}

#endif  // TFLITEKIT_KERNELS_ARITHMETIC_AVX512_H_
