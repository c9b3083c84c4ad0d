// The functions of norm_wide.h as loops that become vectors, all but `sums`. What includes this
// defines that, NORM_WIDE_TARGET, the instructions to compile with, and NORM_WIDE_ISA, their name.
#include "norm_wide.h"

#define NORM_INLINE NORM_WIDE_TARGET static inline __attribute__((always_inline))
#define NORM_STATIC NORM_WIDE_TARGET static

// In this order, the vector instructions for maximum and minimum give low for NaN, too.
NORM_INLINE int32_t nearest(float value, float low, float high) {
  value = value > low ? value : low;
  value = value < high ? value : high;
  return (int32_t)rintf(value);
}

// What a and b point to is known where this is inlined.
#define NORM_ADD(name, A, B)                                                                     \
  NORM_STATIC void name(const A* a, const B* b, const NormSum* given, int16_t* sum, size_t n) { \
    const NormSum of = *given;                                                                   \
    for (size_t i = 0; i < n; ++i) {                                                             \
      float left = (float)(a[i] - of.a_zero) * of.a_scale[i];                                    \
      float right = (float)(b[i] - of.b_zero) * of.b_scale[i];                                   \
      sum[i] = (int16_t)nearest(left + right, -32767.0f, 32767.0f);                              \
    }                                                                                            \
  }
NORM_ADD(add_8_8, int8_t, int8_t)
NORM_ADD(add_8_16, int8_t, int16_t)
NORM_ADD(add_16_8, int16_t, int8_t)
NORM_ADD(add_16_16, int16_t, int16_t)
#undef NORM_ADD

static void add(NormSteps a, NormSteps b, const NormSum* of, int16_t* sum, size_t n) {
  if (a.is_wide && b.is_wide) {
    add_16_16(a.data, b.data, of, sum, n);
  } else if (a.is_wide) {
    add_16_8(a.data, b.data, of, sum, n);
  } else if (b.is_wide) {
    add_8_16(a.data, b.data, of, sum, n);
  } else {
    add_8_8(a.data, b.data, of, sum, n);
  }
}

NORM_STATIC void widen(const int8_t* x, int16_t* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = x[i];
}

NORM_STATIC void narrow(const int16_t* x, float scale, float zero, int8_t* y, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    y[i] = (int8_t)nearest((float)x[i] * scale + zero, -128.0f, 127.0f);
  }
}

NORM_INLINE float scaled(int16_t x, const NormAffine* of, float gain, float offset) {
  return ((float)x - of->mean) * of->scale * gain + offset;
}

NORM_STATIC void scale_to_8(const int16_t* x, const NormAffine* given, int8_t* y, size_t n) {
  const NormAffine of = *given;
  for (size_t i = 0; i < n; ++i) {
    y[i] = (int8_t)nearest(scaled(x[i], &of, of.gain[i], of.offset[i]), of.low, of.high);
  }
}

NORM_STATIC void scale_to_16(const int16_t* x, const NormAffine* given, int16_t* y, size_t n) {
  const NormAffine of = *given;
  for (size_t i = 0; i < n; ++i) {
    y[i] = (int16_t)nearest(scaled(x[i], &of, of.gain[i], of.offset[i]), of.low, of.high);
  }
}

static void scale(const int16_t* x, const NormAffine* of, NormSteps y, size_t n) {
  if (y.is_wide) {
    scale_to_16(x, of, y.data, n);
  } else {
    scale_to_8(x, of, y.data, n);
  }
}

#define NORM_WIDE_NAME(isa) norm_wide_##isa
#define NORM_WIDE_EXPANDED(isa) NORM_WIDE_NAME(isa)
const NormWide* NORM_WIDE_EXPANDED(NORM_WIDE_ISA)(void) {
  static const NormWide version = {add, widen, narrow, sums, scale};
  return &version;
}
