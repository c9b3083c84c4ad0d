// Eight weights at a time; the table of an octave is gathered from.
#if defined(__x86_64__)
#include <immintrin.h>

#include "softmax_row.h"

#define AVX2 __attribute__((target("avx2"), always_inline)) static inline
#define AVX2_CALLED __attribute__((target("avx2"))) static

enum { kLanes = 8, kPartBits = 6 };

AVX2 __m256i steps_of(const SoftmaxRow* row, size_t i) {
  if (row->wide != NULL) return _mm256_loadu_si256((const __m256i*)(row->wide + i));
  return _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i*)(row->narrow + i)));
}

// All bits of the lanes that are masked.
AVX2 __m256i masked_of(const SoftmaxRow* row, size_t i) {
  if (row->added.kept == NULL) return _mm256_setzero_si256();
  __m128i kept = _mm_loadl_epi64((const __m128i*)(row->added.kept + i));
  return _mm256_cmpeq_epi32(_mm256_cvtepu8_epi32(kept), _mm256_setzero_si256());
}

AVX2 __m256 logits_of(const SoftmaxRow* row, size_t i) {
  __m256 values = _mm256_cvtepi32_ps(steps_of(row, i));
  values = _mm256_mul_ps(values, _mm256_set1_ps(row->scale->scale));
  values = _mm256_add_ps(values, _mm256_loadu_ps(row->added.numbers + i));
  return _mm256_max_ps(values, _mm256_set1_ps(SOFTMAX_LEAST));
}

AVX2 int32_t largest_step(const SoftmaxRow* row) {
  int32_t most = INT32_MIN, each[kLanes];
  __m256i least = _mm256_set1_epi32(INT32_MIN), largest = least;
  size_t i = 0;
  for (; i + kLanes <= row->n; i += kLanes) {
    __m256i steps = _mm256_blendv_epi8(steps_of(row, i), least, masked_of(row, i));
    largest = _mm256_max_epi32(largest, steps);
  }
  _mm256_storeu_si256((__m256i*)each, largest);
  for (int lane = 0; lane < kLanes; ++lane) most = each[lane] > most ? each[lane] : most;
  return softmax_row_largest_step(row, i, most);
}

AVX2 float largest_logit(const SoftmaxRow* row) {
  float most = SOFTMAX_LEAST, each[kLanes];
  __m256 largest = _mm256_set1_ps(SOFTMAX_LEAST);
  size_t i = 0;
  for (; i + kLanes <= row->n; i += kLanes) largest = _mm256_max_ps(largest, logits_of(row, i));
  _mm256_storeu_ps(each, largest);
  for (int lane = 0; lane < kLanes; ++lane) most = each[lane] > most ? each[lane] : most;
  return softmax_row_largest_logit(row, i, most);
}

// Weights, as int32, of eight logits that are this much below the largest.
AVX2 __m256i weights_of(__m256 below, const SoftmaxScale* scale) {
  __m256i parts = _mm256_cvtps_epi32(_mm256_min_ps(below, _mm256_set1_ps(kExpCut)));
  __m256i index = _mm256_and_si256(parts, _mm256_set1_epi32(kExpParts - 1));
  __m256i shifts =
      _mm256_add_epi32(_mm256_srli_epi32(parts, kPartBits), _mm256_set1_epi32(scale->shift));
  __m256i doubled = _mm256_i32gather_epi32((const int*)scale->wide, index, 4);
  doubled = _mm256_srlv_epi32(doubled, shifts);
  return _mm256_srli_epi32(_mm256_add_epi32(doubled, _mm256_set1_epi32(1)), 1);
}

AVX2 __m256i weights_at(const SoftmaxRow* row, size_t i, SoftmaxLargest largest) {
  if (row->added.numbers != NULL) {
    __m256 below = _mm256_sub_ps(_mm256_set1_ps(largest.logit), logits_of(row, i));
    return weights_of(below, row->scale);
  }
  __m256i steps = _mm256_sub_epi32(_mm256_set1_epi32(largest.step), steps_of(row, i));
  if (row->narrow != NULL) {
    // What is masked may be above the largest that is kept.
    __m256i masked = masked_of(row, i), below = _mm256_andnot_si256(masked, steps);
    __m256i found = _mm256_i32gather_epi32((const int*)row->scale->by_step, below, 4);
    return _mm256_andnot_si256(masked, found);
  }
  __m256 below = _mm256_mul_ps(_mm256_cvtepi32_ps(steps), _mm256_set1_ps(row->scale->scale));
  return _mm256_andnot_si256(masked_of(row, i), weights_of(below, row->scale));
}

AVX2 SoftmaxSum weigh_row(const SoftmaxRow* row, int16_t* weights) {
  int has_numbers = row->added.numbers != NULL;
  SoftmaxLargest largest = {has_numbers ? 0 : largest_step(row),
                            has_numbers ? largest_logit(row) : 0};
  if (largest.step == INT32_MIN) return softmax_row_uniform(row, weights);
  __m256i sums = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 2 * kLanes <= row->n; i += 2 * kLanes) {
    __m256i low = weights_at(row, i, largest), high = weights_at(row, i + kLanes, largest);
    sums = _mm256_add_epi32(sums, _mm256_add_epi32(low, high));
    __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
    _mm256_storeu_si256((__m256i*)(weights + i), words);
  }
  int32_t each[kLanes], sum = 0;
  _mm256_storeu_si256((__m256i*)each, sums);
  for (int lane = 0; lane < kLanes; ++lane) sum += each[lane];
  return softmax_row_finish(row, i, largest, sum, weights);
}

AVX2_CALLED SoftmaxSum weigh(const int32_t* steps, SoftmaxAdded added, size_t n,
                             const SoftmaxScale* scale, int16_t* weights) {
  SoftmaxRow row = {steps, NULL, added, n, scale};
  return weigh_row(&row, weights);
}

AVX2_CALLED SoftmaxSum weigh_int8(const int8_t* steps, SoftmaxAdded added, size_t n,
                                  const SoftmaxScale* scale, int16_t* weights) {
  SoftmaxRow row = {NULL, steps, added, n, scale};
  return weigh_row(&row, weights);
}

// Of sixteen weights, as words.
AVX2 __m256i quotients(const int16_t* weights, __m256i factor, __m256i half, __m128i exponent) {
  __m256i scaled = _mm256_mulhrs_epi16(_mm256_loadu_si256((const __m256i*)weights), factor);
  return _mm256_srl_epi16(_mm256_add_epi16(scaled, half), exponent);
}

AVX2_CALLED void divide(const int16_t* weights, size_t n, SoftmaxReciprocal sum, int8_t* y) {
  __m256i factor = _mm256_set1_epi16(sum.factor);
  __m256i half = _mm256_set1_epi16((int16_t)(1 << (sum.exponent - 1)));
  __m128i exponent = _mm_cvtsi32_si128(sum.exponent);
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    __m256i low = quotients(weights + i, factor, half, exponent);
    __m256i high = quotients(weights + i + 16, factor, half, exponent);
    __m256i bytes = _mm256_permute4x64_epi64(_mm256_packus_epi16(low, high), 0xd8);
    bytes = _mm256_xor_si256(bytes, _mm256_set1_epi8((char)0x80));
    _mm256_storeu_si256((__m256i*)(y + i), bytes);
  }
  for (; i < n; ++i) y[i] = softmax_quotient(weights[i], sum);
}

const SoftmaxRows softmax_rows_avx2 = {weigh, weigh_int8, divide};
#endif
