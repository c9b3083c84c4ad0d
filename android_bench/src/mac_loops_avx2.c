// 32 products of int8 in three instructions, as there is no one that adds them to int32.
#if defined(__x86_64__)
#include <immintrin.h>

#include "mac_loops.h"

#define AVX2 __attribute__((target("avx2")))
#define ADD_PRODUCT(total, ones)                                                         \
  _mm256_add_epi32((total), _mm256_madd_epi16(_mm256_maddubs_epi16((ones), (ones)),      \
                                              _mm256_set1_epi16(1)))

MAC_LOOP(AVX2, mac_int8_avx2, __m256i, int32_t, 8, _mm256_set1_epi8(1), ADD_PRODUCT)
#endif
