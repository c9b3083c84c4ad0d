// 64 elements at a time.
#if defined(__x86_64__)
#include <immintrin.h>

#include "layer_norm.h"

#define AVX512 __attribute__((target("avx512f,avx512bw")))
#define INLINE AVX512 static inline __attribute__((always_inline))

enum { kLanes = 64, kHalf = 32 };

AVX512 static LayerNormSums sum(const int8_t* x, size_t n) {
  const __m512i one = _mm512_set1_epi16(1);
  __m512i sums = _mm512_setzero_si512(), squares = _mm512_setzero_si512();
  for (size_t i = 0; i < n; i += kLanes) {
    __mmask64 left = n - i >= kLanes ? ~0ull : (1ull << (n - i)) - 1;
    __m512i bytes = _mm512_maskz_loadu_epi8(left, x + i);
    __m512i low = _mm512_cvtepi8_epi16(_mm512_castsi512_si256(bytes));
    __m512i high = _mm512_cvtepi8_epi16(_mm512_extracti64x4_epi64(bytes, 1));
    sums = _mm512_add_epi32(sums, _mm512_madd_epi16(_mm512_add_epi16(low, high), one));
    __m512i both = _mm512_add_epi32(_mm512_madd_epi16(low, low), _mm512_madd_epi16(high, high));
    squares = _mm512_add_epi32(squares, both);
  }
  return (LayerNormSums){_mm512_reduce_add_epi32(sums), _mm512_reduce_add_epi32(squares)};
}

// What is the same for all elements of a row.
typedef struct {
  __m512i left, right;  // shifts
  __m512i mean, scale, low, high;
} Row;

INLINE __m512i scaled(__m512i x, const Row* row, __m512i gain, __m512i offset) {
  __m512i centered = _mm512_sub_epi16(_mm512_sllv_epi16(x, row->left), row->mean);
  __m512i steps = _mm512_mulhrs_epi16(_mm512_mulhrs_epi16(centered, row->scale), gain);
  return _mm512_srav_epi16(_mm512_adds_epi16(steps, offset), row->right);
}

INLINE __m512i join(__m512i low, __m512i high, const Row* row) {
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
  __m512i bytes = _mm512_permutexvar_epi64(order, _mm512_packs_epi16(low, high));
  return _mm512_min_epi8(_mm512_max_epi8(bytes, row->low), row->high);
}

AVX512 void layer_norm_scale_avx512bw(const int8_t* x, const LayerNormRow* row,
                                      const LayerNormAffine* affine, int8_t* y, size_t n) {
  const Row of = {_mm512_set1_epi16((int16_t)row->shift), _mm512_set1_epi16((int16_t)affine->shift),
                  _mm512_set1_epi16(row->mean),           _mm512_set1_epi16(row->scale),
                  _mm512_set1_epi8(affine->low),          _mm512_set1_epi8(affine->high)};
  const int16_t *gain = affine->gain, *offset = affine->offset;
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    __m512i halves[2];
    for (size_t half = 0; half < 2; ++half) {
      size_t place = i + half * kHalf;
      __m512i values = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i*)(x + place)));
      halves[half] = scaled(values, &of, _mm512_loadu_si512(gain + place),
                            _mm512_loadu_si512(offset + place));
    }
    _mm512_storeu_si512(y + i, join(halves[0], halves[1], &of));
  }
  for (; i < n; i += kHalf) {
    __mmask64 left = n - i >= kHalf ? 0xffffffff : (1ull << (n - i)) - 1;
    __m512i bytes = _mm512_maskz_loadu_epi8(left, x + i);
    __m512i values = _mm512_cvtepi8_epi16(_mm512_castsi512_si256(bytes));
    values = scaled(values, &of, _mm512_maskz_loadu_epi16((__mmask32)left, gain + i),
                    _mm512_maskz_loadu_epi16((__mmask32)left, offset + i));
    _mm512_mask_storeu_epi8(y + i, left, join(values, values, &of));
  }
}

const LayerNorm* layer_norm_avx512bw(void) {
  static const LayerNorm version = {sum, layer_norm_scale_avx512bw};
  return &version;
}
#endif
