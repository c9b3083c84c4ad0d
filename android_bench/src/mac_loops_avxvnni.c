// 32 products of int8.
#if defined(__x86_64__)
#include <immintrin.h>

#include "mac_loops.h"

#define AVXVNNI __attribute__((target("avx2,avxvnni")))
#define ADD_PRODUCT(total, ones) _mm256_dpbusd_avx_epi32((total), (ones), (ones))

MAC_LOOP(AVXVNNI, mac_int8_avxvnni, __m256i, int32_t, 12, _mm256_set1_epi8(1), ADD_PRODUCT)
#endif
