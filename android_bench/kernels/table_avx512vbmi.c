// 64 lookups at a time: two permutations, each of half the table, and a choice by the top bit.
#if defined(__x86_64__)
#include <immintrin.h>

#include "table.h"

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi")))

typedef struct {
  __m512i quarters[4];
} Table;

AVX512 static inline __m512i look_up(const Table* table, __m512i x) {
  __m512i place = _mm512_xor_si512(x, _mm512_set1_epi8((char)0x80));
  __m512i low = _mm512_permutex2var_epi8(table->quarters[0], place, table->quarters[1]);
  __m512i high = _mm512_permutex2var_epi8(table->quarters[2], place, table->quarters[3]);
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(place), low, high);
}

AVX512 void table_avx512vbmi(const int8_t* x, const int8_t* table, int8_t* y, size_t n) {
  enum { kLanes = 64 };
  Table loaded;
  for (int i = 0; i < 4; ++i) loaded.quarters[i] = _mm512_loadu_si512(table + kLanes * i);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    _mm512_storeu_si512(y + i, look_up(&loaded, _mm512_loadu_si512(x + i)));
  }
  if (i < n) {
    __mmask64 left = (1ull << (n - i)) - 1;
    __m512i values = _mm512_maskz_loadu_epi8(left, x + i);
    _mm512_mask_storeu_epi8(y + i, left, look_up(&loaded, values));
  }
}
#endif
