// 64 products of int8.
#if defined(__x86_64__)
#include <immintrin.h>

#include "mac_loops.h"

#define AVX512VNNI __attribute__((target("avx512f,avx512bw,avx512vnni")))
#define ADD_PRODUCT(total, ones) _mm512_dpbusd_epi32((total), (ones), (ones))

MAC_LOOP(AVX512VNNI, mac_int8_avx512vnni, __m512i, int32_t, 24, _mm512_set1_epi8(1), ADD_PRODUCT)
#endif
