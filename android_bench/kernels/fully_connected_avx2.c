// 16 values at a time, as int16.
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "fully_connected.h"

#define TARGET __attribute__((target("avx2")))
#define VECTOR TARGET static inline __attribute__((always_inline))

enum { kChunk = 16, kOffset = 0 };

typedef __m256i Sum, X, W;

VECTOR Sum no_sum(void) { return _mm256_setzero_si256(); }

VECTOR W w_of(const int8_t* weights) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)weights));
}

VECTOR W w_part(const int8_t* weights, size_t n) {
  int8_t chunk[kChunk] = {0};
  memcpy(chunk, weights, n);
  return w_of(chunk);
}

VECTOR X x_of(const int8_t* x) { return w_of(x); }

VECTOR X x_part(const int8_t* x, size_t n) { return w_part(x, n); }

VECTOR Sum plus(Sum sum, X x, W w) { return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w)); }

VECTOR Sum both(Sum a, Sum b) { return _mm256_add_epi32(a, b); }

VECTOR void totals(const Sum* sums, int32_t* to) {
  __m256i first = _mm256_hadd_epi32(sums[0], sums[1]);
  __m256i second = _mm256_hadd_epi32(sums[2], sums[3]);
  __m256i all = _mm256_hadd_epi32(first, second);
  __m128i low = _mm256_castsi256_si128(all), high = _mm256_extracti128_si256(all, 1);
  _mm_storeu_si128((__m128i*)to, _mm_add_epi32(low, high));
}

#include "fully_connected_loops.h"

TARGET void fully_connected_avx2(const FullyConnected* part) { all_tiles(part); }
#endif
