// 32 elements at a time are scaled, 16 are summed.
#if defined(__x86_64__)
#include <immintrin.h>

#include "layer_norm.h"

#define AVX2 __attribute__((target("avx2")))
#define INLINE AVX2 static inline __attribute__((always_inline))

enum { kLanes = 32, kHalf = 16 };

// The sum of 8 lanes.
INLINE int32_t total(__m256i lanes) {
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  __m128i two = _mm_add_epi32(four, _mm_shuffle_epi32(four, _MM_SHUFFLE(1, 0, 3, 2)));
  return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, _MM_SHUFFLE(2, 3, 0, 1))));
}

AVX2 static LayerNormSums sum(const int8_t* x, size_t n) {
  const __m256i one = _mm256_set1_epi16(1);
  __m256i sums = _mm256_setzero_si256(), squares = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + kHalf <= n; i += kHalf) {
    __m256i values = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)(x + i)));
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(values, one));
    squares = _mm256_add_epi32(squares, _mm256_madd_epi16(values, values));
  }
  LayerNormSums rest = layer_norm_sum_scalar(x + i, n - i);
  return (LayerNormSums){total(sums) + rest.sum, total(squares) + rest.squares};
}

// What is the same for all elements of a row.
typedef struct {
  __m128i left, right;  // shifts
  __m256i mean, scale, low, high;
} Row;

INLINE __m256i scaled(const int8_t* x, const Row* row, const int16_t* gain, const int16_t* offset) {
  __m256i values = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)x));
  __m256i centered = _mm256_sub_epi16(_mm256_sll_epi16(values, row->left), row->mean);
  __m256i numbers = _mm256_mulhrs_epi16(centered, row->scale);
  __m256i steps = _mm256_mulhrs_epi16(numbers, _mm256_loadu_si256((const __m256i*)gain));
  steps = _mm256_adds_epi16(steps, _mm256_loadu_si256((const __m256i*)offset));
  return _mm256_sra_epi16(steps, row->right);
}

INLINE __m256i join(__m256i low, __m256i high, const Row* row) {
  __m256i bytes = _mm256_packs_epi16(low, high);
  bytes = _mm256_permute4x64_epi64(bytes, _MM_SHUFFLE(3, 1, 2, 0));
  return _mm256_min_epi8(_mm256_max_epi8(bytes, row->low), row->high);
}

AVX2 static void scale(const int8_t* x, const LayerNormRow* row, const LayerNormAffine* affine,
                       int8_t* y, size_t n) {
  const Row of = {_mm_cvtsi32_si128(row->shift), _mm_cvtsi32_si128(affine->shift),
                  _mm256_set1_epi16(row->mean),  _mm256_set1_epi16(row->scale),
                  _mm256_set1_epi8(affine->low), _mm256_set1_epi8(affine->high)};
  const int16_t *gain = affine->gain, *offset = affine->offset;
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    size_t next = i + kHalf;
    __m256i low = scaled(x + i, &of, gain + i, offset + i);
    __m256i high = scaled(x + next, &of, gain + next, offset + next);
    _mm256_storeu_si256((__m256i*)(y + i), join(low, high, &of));
  }
  layer_norm_scale_rest(x, row, affine, y, n, i);
}

const LayerNorm* layer_norm_avx2(void) {
  static const LayerNorm version = {sum, scale};
  return &version;
}
#endif
