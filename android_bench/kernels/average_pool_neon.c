// 8 channels at a time.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#include "average_pool.h"

#define TARGET
#define INLINE static inline __attribute__((always_inline))
#define VERSION average_pool_neon

enum { kLanes = 8 };
typedef int16x8_t Words;
typedef struct {
  int32x4_t low, high;
} Ints;

INLINE Words wide(const int8_t* x) { return vmovl_s8(vld1_s8(x)); }
INLINE Words wide_some(const int8_t* x, size_t n) {
  int8_t whole[kLanes] = {0};
  memcpy(whole, x, n);
  return wide(whole);
}

INLINE Words words(int32_t x) { return vdupq_n_s16((int16_t)x); }
INLINE Words plus(Words x, Words y) { return vaddq_s16(x, y); }
INLINE Words plus_most(Words x, Words y) { return vqaddq_s16(x, y); }
INLINE Words up(Words x, int32_t n) { return vshlq_s16(x, words(n)); }
INLINE Words down(Words x, int32_t n) { return vshlq_s16(x, words(-n)); }
INLINE Words times(Words x, Words y) { return vqrdmulhq_s16(x, y); }

INLINE Ints no_ints(void) { return (Ints){vdupq_n_s32(0), vdupq_n_s32(0)}; }
INLINE Ints add(Ints x, Words y) {
  return (Ints){vaddw_s16(x.low, vget_low_s16(y)), vaddw_high_s16(x.high, y)};
}
INLINE Words down_to_words(Ints x, int32_t n) {
  int32x4_t by = vdupq_n_s32(-n);
  return vqmovn_high_s32(vqmovn_s32(vrshlq_s32(x.low, by)), vrshlq_s32(x.high, by));
}

INLINE int8x8_t clamped(const Window* w, Words x) {
  int8x8_t raised = vmax_s8(vqmovn_s16(x), vdup_n_s8((int8_t)w->low));
  return vmin_s8(raised, vdup_n_s8((int8_t)w->high));
}
INLINE void store(const Window* w, int8_t* y, Words x) { vst1_s8(y, clamped(w, x)); }
INLINE void store_some(const Window* w, int8_t* y, Words x, size_t n) {
  int8_t whole[kLanes];
  store(w, whole, x);
  memcpy(y, whole, n);
}

#include "average_pool_vectors.h"
#endif
