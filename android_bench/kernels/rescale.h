// The versions of tflitekit.rescale, one file an instruction set; all give the same bits.
#ifndef TFLITEKIT_KERNELS_RESCALE_H_
#define TFLITEKIT_KERNELS_RESCALE_H_

#include <math.h>
#include <stddef.h>
#include <stdint.h>

// y = round((x - subtracted) * scale + added), limited to int8.
typedef struct {
  int32_t subtracted;
  float scale, added;
} Rescale;

// x is int16 where `is_wide`, else int8.
typedef void RescaleFunction(const void* x, int is_wide, const Rescale* rescale, int8_t* y,
                             size_t n);

// X(instruction set), the best first.
#if defined(__x86_64__)
#define RESCALE_VERSIONS(X) X(avx512bw) X(avx2)
#elif defined(__aarch64__)
#define RESCALE_VERSIONS(X) X(neon)
#endif

RescaleFunction rescale_scalar;
#define RESCALE_DECLARE(isa) RescaleFunction rescale_##isa;
RESCALE_VERSIONS(RESCALE_DECLARE)
#undef RESCALE_DECLARE

// What each version compiles with its own instructions: loops that become vectors. The limits come
// before the conversion, which is undefined for what does not fit.
#define RESCALE_INLINE static inline __attribute__((always_inline))

RESCALE_INLINE int8_t rescale_one(int32_t x, const Rescale* rescale) {
  float value = (float)(x - rescale->subtracted) * rescale->scale + rescale->added;
  value = value < -128.0f ? -128.0f : value;
  value = value > 127.0f ? 127.0f : value;
  return (int8_t)rintf(value);
}

RESCALE_INLINE void rescale_loops(const void* x, int is_wide, const Rescale* given, int8_t* y,
                                  size_t n) {
  const Rescale rescale = *given;
  const int8_t* narrow = x;
  const int16_t* wide = x;
  if (is_wide) {
    for (size_t i = 0; i < n; ++i) y[i] = rescale_one(wide[i], &rescale);
  } else {
    for (size_t i = 0; i < n; ++i) y[i] = rescale_one(narrow[i], &rescale);
  }
}

#endif  // TFLITEKIT_KERNELS_RESCALE_H_
