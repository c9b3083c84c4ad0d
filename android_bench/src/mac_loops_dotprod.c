// 16 products of int8.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "mac_loops.h"

#define DOTPROD __attribute__((target("dotprod")))
#define ADD_PRODUCT(total, ones) vdotq_s32((total), (ones), (ones))

MAC_LOOP(DOTPROD, mac_int8_dotprod, int32x4_t, int32_t, 24, vdupq_n_s8(1), ADD_PRODUCT)
#endif
