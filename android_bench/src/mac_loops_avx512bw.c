// 16 lanes of float32, and 64 products of int8 in three instructions.
#if defined(__x86_64__)
#include <immintrin.h>

#include "mac_loops.h"

#define AVX512BW __attribute__((target("avx512f,avx512bw")))
#define ADD_PRODUCT(total, ones) _mm512_fmadd_ps((ones), (ones), (total))
#define ADD_INT8_PRODUCT(total, ones)                                                    \
  _mm512_add_epi32((total), _mm512_madd_epi16(_mm512_maddubs_epi16((ones), (ones)),      \
                                              _mm512_set1_epi16(1)))

MAC_LOOP(AVX512BW, mac_float32_avx512bw, __m512, float, 24, _mm512_set1_ps(1), ADD_PRODUCT)
MAC_LOOP(AVX512BW, mac_int8_avx512bw, __m512i, int32_t, 16, _mm512_set1_epi8(1),
         ADD_INT8_PRODUCT)
#endif
