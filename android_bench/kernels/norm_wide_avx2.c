// Sums by products that are added by twos; the loops of norm_wide_loops.h in the same instructions.
#if defined(__x86_64__)
#include <immintrin.h>

#include "norm_wide.h"

#define NORM_WIDE_TARGET __attribute__((target("avx2")))
#define NORM_WIDE_ISA avx2

enum { kLanes = 16 };

NORM_WIDE_TARGET static NormWideSums sums(const int16_t* x, size_t n) {
  const __m256i one = _mm256_set1_epi16(1), low = _mm256_set1_epi64x(0xffffffff);
  __m256i sums = _mm256_setzero_si256(), squares = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    __m256i values = _mm256_loadu_si256((const __m256i*)(x + i));
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(values, one));
    // Two squares are at most 2^31: an unsigned number.
    __m256i two = _mm256_madd_epi16(values, values);
    squares = _mm256_add_epi64(squares, _mm256_and_si256(two, low));
    squares = _mm256_add_epi64(squares, _mm256_srli_epi64(two, 32));
  }
  NormWideSums of = norm_wide_sums_scalar(x + i, n - i);
  int32_t each[8];
  int64_t long_each[4];
  _mm256_storeu_si256((__m256i*)each, sums);
  _mm256_storeu_si256((__m256i*)long_each, squares);
  for (size_t lane = 0; lane < 8; ++lane) of.sum += each[lane];
  for (size_t lane = 0; lane < 4; ++lane) of.squares += long_each[lane];
  return of;
}

#include "norm_wide_loops.h"
#endif
