// Sums by products that are added by twos; the loops of norm_wide_loops.h in the same instructions.
#if defined(__x86_64__)
#include <immintrin.h>

#include "norm_wide.h"

#define NORM_WIDE_TARGET __attribute__((target("avx512f,avx512bw")))
#define NORM_WIDE_ISA avx512bw

enum { kLanes = 32 };

NORM_WIDE_TARGET static NormWideSums sums(const int16_t* x, size_t n) {
  const __m512i one = _mm512_set1_epi16(1), low = _mm512_set1_epi64(0xffffffff);
  __m512i sums = _mm512_setzero_si512(), squares = _mm512_setzero_si512();
  for (size_t i = 0; i < n; i += kLanes) {
    __mmask32 left = n - i >= kLanes ? ~0u : (1u << (n - i)) - 1;
    __m512i values = _mm512_maskz_loadu_epi16(left, x + i);
    sums = _mm512_add_epi32(sums, _mm512_madd_epi16(values, one));
    // Two squares are at most 2^31: an unsigned number.
    __m512i two = _mm512_madd_epi16(values, values);
    squares = _mm512_add_epi64(squares, _mm512_and_si512(two, low));
    squares = _mm512_add_epi64(squares, _mm512_srli_epi64(two, 32));
  }
  return (NormWideSums){_mm512_reduce_add_epi32(sums), _mm512_reduce_add_epi64(squares)};
}

#include "norm_wide_loops.h"
#endif
