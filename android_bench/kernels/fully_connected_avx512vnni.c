// 64 values at a time. The instruction takes one unsigned factor, x + 128.
#if defined(__x86_64__)
#include <immintrin.h>

#include "fully_connected.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define VECTOR TARGET static inline __attribute__((always_inline))

enum { kChunk = 64, kOffset = 128 };

typedef __m512i Sum, X, W;

VECTOR Sum no_sum(void) { return _mm512_setzero_si512(); }

VECTOR X unsigned_of(X x) { return _mm512_xor_si512(x, _mm512_set1_epi8((char)0x80)); }

VECTOR X x_of(const int8_t* x) { return unsigned_of(_mm512_loadu_si512(x)); }

VECTOR W w_of(const int8_t* weights) { return _mm512_loadu_si512(weights); }

VECTOR W w_part(const int8_t* weights, size_t n) {
  return _mm512_maskz_loadu_epi8((__mmask64)(~0ull >> (kChunk - n)), weights);
}

VECTOR X x_part(const int8_t* x, size_t n) { return unsigned_of(w_part(x, n)); }

VECTOR Sum plus(Sum sum, X x, W w) { return _mm512_dpbusd_epi32(sum, x, w); }

VECTOR Sum both(Sum a, Sum b) { return _mm512_add_epi32(a, b); }

VECTOR __m256i halves(Sum sum) {
  return _mm256_add_epi32(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1));
}

VECTOR void totals(const Sum* sums, int32_t* to) {
  __m256i first = _mm256_hadd_epi32(halves(sums[0]), halves(sums[1]));
  __m256i second = _mm256_hadd_epi32(halves(sums[2]), halves(sums[3]));
  __m256i all = _mm256_hadd_epi32(first, second);
  __m128i low = _mm256_castsi256_si128(all), high = _mm256_extracti128_si256(all, 1);
  _mm_storeu_si128((__m128i*)to, _mm_add_epi32(low, high));
}

#include "fully_connected_loops.h"

TARGET void fully_connected_avx512vnni(const FullyConnected* part) { all_tiles(part); }
#endif
