// 32 products of int8: two rows of eight times two columns.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "mac_loops.h"

#define I8MM __attribute__((target("i8mm")))
#define ADD_PRODUCT(total, ones) vmmlaq_s32((total), (ones), (ones))

MAC_LOOP(I8MM, mac_int8_i8mm, int32x4_t, int32_t, 24, vdupq_n_s8(1), ADD_PRODUCT)
#endif
