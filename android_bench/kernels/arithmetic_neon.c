// 16 elements at a time.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#include "arithmetic.h"

#define TARGET
#define INLINE static inline __attribute__((always_inline))
#define VERSION arithmetic_neon

enum { kLanes = 16 };
typedef int8x16_t Bytes;
typedef int16x8_t Words;

INLINE Bytes load(const int8_t* x) { return vld1q_s8(x); }
INLINE Bytes load_some(const int8_t* x, size_t n) {
  int8_t whole[kLanes] = {0};
  memcpy(whole, x, n);
  return load(whole);
}
INLINE void store(int8_t* y, Bytes x) { vst1q_s8(y, x); }
INLINE void store_some(int8_t* y, Bytes x, size_t n) {
  int8_t whole[kLanes];
  store(whole, x);
  memcpy(y, whole, n);
}
INLINE Bytes fill(int8_t x) { return vdupq_n_s8(x); }

INLINE Words high_low(Bytes x) { return vshll_n_s8(vget_low_s8(x), 8); }
INLINE Words high_high(Bytes x) { return vshll_high_n_s8(x, 8); }

INLINE Words words(int32_t x) { return vdupq_n_s16((int16_t)x); }
INLINE Words times(Words x, Words y) { return vqrdmulhq_s16(x, y); }
INLINE Words plus(Words x, Words y) { return vqaddq_s16(x, y); }
INLINE Words minus(Words x, Words y) { return vqsubq_s16(x, y); }
INLINE Words halve(Words x, int32_t n) { return vshlq_s16(x, vdupq_n_s16((int16_t)-n)); }
INLINE Words most(Words x, Words y) { return vmaxq_s16(x, y); }
INLINE Words least(Words x, Words y) { return vminq_s16(x, y); }
INLINE Bytes narrow(Words low, Words high) { return vqmovn_high_s16(vqmovn_s16(low), high); }
INLINE Bytes clamp(Bytes x, Bytes low, Bytes high) { return vminq_s8(vmaxq_s8(x, low), high); }

#include "arithmetic_vectors.h"
#endif
