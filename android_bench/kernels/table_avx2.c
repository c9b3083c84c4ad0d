// 32 lookups at a time: the low four bits choose in each of 16 parts of the table, and the high
// four bits, one after the other, halve the number of parts.
#if defined(__x86_64__)
#include <immintrin.h>

#include "table.h"

#define AVX2 __attribute__((target("avx2")))

enum { kParts = 16, kPart = 16, kLanes = 32 };

// Bytes of `zero` where bit `bit` of the place is 0, of `one` where it is 1. The shift moves that bit
// to the top of its byte; what crosses into the neighbour stays below it.
#define CHOOSE(zero, one, place, bit) \
  _mm256_blendv_epi8(zero, one, _mm256_slli_epi16(place, 7 - (bit)))

AVX2 static inline __m256i look_up(const __m256i parts[kParts], __m256i x) {
  __m256i place = _mm256_xor_si256(x, _mm256_set1_epi8((char)0x80));
  __m256i column = _mm256_and_si256(place, _mm256_set1_epi8(kPart - 1));
  __m256i found[kParts];
  for (int i = 0; i < kParts; ++i) found[i] = _mm256_shuffle_epi8(parts[i], column);
  for (int i = 0; i < 8; ++i) found[i] = CHOOSE(found[2 * i], found[2 * i + 1], place, 4);
  for (int i = 0; i < 4; ++i) found[i] = CHOOSE(found[2 * i], found[2 * i + 1], place, 5);
  for (int i = 0; i < 2; ++i) found[i] = CHOOSE(found[2 * i], found[2 * i + 1], place, 6);
  return CHOOSE(found[0], found[1], place, 7);
}

AVX2 void table_avx2(const int8_t* x, const int8_t* table, int8_t* y, size_t n) {
  __m256i parts[kParts];
  for (int i = 0; i < kParts; ++i) {
    parts[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i*)(table + kPart * i)));
  }
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    __m256i values = _mm256_loadu_si256((const __m256i*)(x + i));
    _mm256_storeu_si256((__m256i*)(y + i), look_up(parts, values));
  }
  table_scalar(x + i, table, y + i, n - i);
}
#endif
