// 8 lanes of float32.
#if defined(__x86_64__)
#include <immintrin.h>

#include "mac_loops.h"

#define FMA __attribute__((target("avx,fma")))
#define ADD_PRODUCT(total, ones) _mm256_fmadd_ps((ones), (ones), (total))

MAC_LOOP(FMA, mac_float32_fma, __m256, float, 12, _mm256_set1_ps(1), ADD_PRODUCT)
#endif
