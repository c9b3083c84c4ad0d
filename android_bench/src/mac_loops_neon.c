// 4 lanes of float32, and 16 products of int8 in three instructions.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "mac_loops.h"

#define NEON
#define ADD_PRODUCT(total, ones) vfmaq_f32((total), (ones), (ones))

static inline int32x4_t add_int8_product(int32x4_t total, int8x16_t ones) {
  int16x8_t low = vmull_s8(vget_low_s8(ones), vget_low_s8(ones));
  return vpadalq_s16(total, vmlal_high_s8(low, ones, ones));
}

MAC_LOOP(NEON, mac_float32_neon, float32x4_t, float, 24, vdupq_n_f32(1), ADD_PRODUCT)
MAC_LOOP(NEON, mac_int8_neon, int32x4_t, int32_t, 16, vdupq_n_s8(1), add_int8_product)
#endif
