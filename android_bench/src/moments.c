#include "moments.h"

#include <stdint.h>
#include <string.h>

#include "isa.h"

#define BODY static inline __attribute__((always_inline))

BODY void add_body(const Moments* moments, const float* values, size_t rows) {
  const size_t lanes = moments->lanes;
  float* restrict minimum = moments->minimum;
  float* restrict maximum = moments->maximum;
  double* restrict sum = moments->sum;
  double* restrict sum2 = moments->sum2;
  for (size_t lane = 0; lane < lanes; ++lane) {
    float low = minimum[lane], high = maximum[lane];
    double total = sum[lane], squares = sum2[lane];
    for (size_t row = 0; row < rows; ++row) {
      float value = values[row * lanes + lane];
      double wide = value;
      low = value < low ? value : low;
      high = value > high ? value : high;
      total += wide;
      squares += wide * wide;
    }
    minimum[lane] = low;
    maximum[lane] = high;
    sum[lane] = total;
    sum2[lane] = squares;
  }
}

BODY bool all_finite_body(const float* values, size_t count) {
  const uint32_t exponent = 0x7f800000u;
  uint32_t found = 0;
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits;
    memcpy(&bits, &values[i], sizeof bits);
    found |= (bits & exponent) == exponent;
  }
  return !found;
}

// The functions for one instruction set; the compiler vectorizes the same bodies for each.
#define VERSION(name, attribute)                                                       \
  attribute static void add_rows_##name(const Moments* moments, const float* values) { \
    add_body(moments, values, kRows);                                                  \
  }                                                                                    \
  attribute static void add_row_##name(const Moments* moments, const float* values) {  \
    add_body(moments, values, 1);                                                      \
  }                                                                                    \
  attribute static bool all_finite_##name(const float* values, size_t count) {         \
    return all_finite_body(values, count);                                             \
  }                                                                                    \
  static const MomentsKernel k_##name = {#name, add_rows_##name, add_row_##name,       \
                                         all_finite_##name};

VERSION(baseline, )

#if defined(__x86_64__)
VERSION(avx2, __attribute__((target("avx2"))))
// The second word is for whole registers; compilers use half of each else.
#if defined(__clang__)
VERSION(avx512bw, __attribute__((target("avx512bw,no-prefer-256-bit"))))
#else
VERSION(avx512bw, __attribute__((target("avx512bw,prefer-vector-width=512"))))
#endif
#endif

// The best first; the last one runs everywhere.
static const MomentsKernel* const kVersions[] = {
#if defined(__x86_64__)
    &k_avx512bw,
    &k_avx2,
#endif
    &k_baseline,
};

const MomentsKernel* moments_kernel(void) {
  for (size_t i = 0; i < sizeof kVersions / sizeof *kVersions; ++i) {
    const MomentsKernel* version = kVersions[i];
    if (isa_may_use(version->isa)) return version;
  }
  return &k_baseline;
}
