// Sums by products of unsigned and signed bytes: u = x + 128 is unsigned, and the sum of u * x is
// that of the squares and 128 times that of x.
#if defined(__x86_64__)
#include <immintrin.h>

#include "layer_norm.h"

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vnni")))

enum { kLanes = 64, kBias = 128 };

typedef struct {
  __m512i sums, products;
} Lanes;

AVX512 static inline __attribute__((always_inline)) Lanes more(Lanes lanes, __m512i x) {
  const __m512i one = _mm512_set1_epi8(1), bias = _mm512_set1_epi8((char)kBias);
  lanes.sums = _mm512_dpbusd_epi32(lanes.sums, one, x);
  lanes.products = _mm512_dpbusd_epi32(lanes.products, _mm512_xor_si512(x, bias), x);
  return lanes;
}

AVX512 static LayerNormSums sum(const int8_t* x, size_t n) {
  Lanes lanes = {_mm512_setzero_si512(), _mm512_setzero_si512()};
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) lanes = more(lanes, _mm512_loadu_si512(x + i));
  if (i < n) lanes = more(lanes, _mm512_maskz_loadu_epi8((1ull << (n - i)) - 1, x + i));
  int32_t total = _mm512_reduce_add_epi32(lanes.sums);
  return (LayerNormSums){total, _mm512_reduce_add_epi32(lanes.products) - kBias * total};
}

const LayerNorm* layer_norm_avx512vnni(void) {
  static const LayerNorm version = {sum, layer_norm_scale_avx512bw};
  return &version;
}
#endif
