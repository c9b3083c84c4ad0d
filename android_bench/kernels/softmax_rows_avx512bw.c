// 32 weights at a time; the table of an octave lies in two registers.
#if defined(__x86_64__)
#include <immintrin.h>

#include "softmax_rows.h"

#define TARGET "avx512f,avx512bw,avx512vl,avx512dq"
#define AVX512 __attribute__((target(TARGET), always_inline)) static inline
#define AVX512_CALLED __attribute__((target(TARGET))) static

enum { kLanes = 16, kPartBits = 6 };

// A row of logits; one of `wide` and `narrow` is there. Which, and what is added, is a constant
// where this is made, so that the loops have no branches.
typedef struct {
  const int32_t* wide;
  const int8_t* narrow;
  SoftmaxAdded added;
} Row;

// Sixteen logits from `i` on, of which those of the mask are there.
AVX512 __m512i steps_of(const Row* row, size_t i, __mmask16 mask) {
  if (row->wide != NULL) return _mm512_maskz_loadu_epi32(mask, row->wide + i);
  return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, row->narrow + i));
}

// Those of them that are not masked.
AVX512 __mmask16 kept_of(const Row* row, size_t i, __mmask16 mask) {
  if (row->added.kept == NULL) return mask;
  __m128i kept = _mm_maskz_loadu_epi8(mask, row->added.kept + i);
  return _mm_test_epi8_mask(kept, kept);
}

AVX512 __m512 logits_of(const Row* row, size_t i, __mmask16 mask, __m512 scale) {
  __m512 values = _mm512_mul_ps(_mm512_cvtepi32_ps(steps_of(row, i, mask)), scale);
  values = _mm512_add_ps(values, _mm512_maskz_loadu_ps(mask, row->added.numbers + i));
  return _mm512_max_ps(values, _mm512_set1_ps(SOFTMAX_LEAST));
}

// The lanes that are there, of sixteen from `first` on.
AVX512 __mmask16 lanes(size_t n, size_t first) {
  if (first >= n) return 0;
  return n - first >= kLanes ? 0xffff : (__mmask16)((1u << (n - first)) - 1);
}

// The largest logit, as steps or, where numbers are added, as float.
typedef struct {
  int32_t step;
  float logit;
} Largest;

AVX512 Largest largest_of(const Row* row, size_t n, const SoftmaxScale* scale) {
  __m512i steps = _mm512_set1_epi32(INT32_MIN);
  __m512 logits = _mm512_set1_ps(SOFTMAX_LEAST), scales = _mm512_set1_ps(scale->scale);
  size_t whole = n - n % kLanes;
  for (size_t i = 0; i < n; i += kLanes) {
    __mmask16 mask = i < whole ? 0xffff : lanes(n, i);
    if (row->added.numbers != NULL) {
      logits = _mm512_mask_max_ps(logits, mask, logits, logits_of(row, i, mask, scales));
    } else {
      __mmask16 kept = kept_of(row, i, mask);
      steps = _mm512_mask_max_epi32(steps, kept, steps, steps_of(row, i, mask));
    }
  }
  Largest found = {INT32_MIN, SOFTMAX_LEAST};
  if (row->added.numbers != NULL) found.logit = _mm512_reduce_max_ps(logits);
  if (row->added.numbers == NULL) found.step = _mm512_reduce_max_epi32(steps);
  return found;
}

// How far below the largest, in whole parts of an octave.
AVX512 __m512i parts_below(const Row* row, size_t i, __mmask16 mask, Largest largest,
                           __m512 scale) {
  __m512 below;
  if (row->added.numbers != NULL) {
    below = _mm512_sub_ps(_mm512_set1_ps(largest.logit), logits_of(row, i, mask, scale));
  } else {
    __m512i steps = _mm512_sub_epi32(_mm512_set1_epi32(largest.step), steps_of(row, i, mask));
    below = _mm512_mul_ps(_mm512_cvtepi32_ps(steps), scale);
  }
  return _mm512_cvtps_epi32(_mm512_min_ps(below, _mm512_set1_ps(kExpCut)));
}

typedef struct {
  __m512i low, high, shift;
} Table;

// 32 weights by parts below the largest; those that the mask leaves out are 0.
AVX512 __m512i weights_of(const Table* table, __m512i first, __m512i second, __mmask32 mask) {
  // Packing puts the halves of the registers side by side; they are put back in their order.
  __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
  __m512i parts = _mm512_permutexvar_epi64(order, _mm512_packus_epi32(first, second));
  __m512i doubled = _mm512_permutex2var_epi16(table->low, parts, table->high);
  __m512i shifts = _mm512_add_epi16(_mm512_srli_epi16(parts, kPartBits), table->shift);
  doubled = _mm512_maskz_srlv_epi16(mask, doubled, shifts);
  return _mm512_avg_epu16(doubled, _mm512_setzero_si512());
}

AVX512 SoftmaxSum weigh_row(const Row* row, size_t n, const SoftmaxScale* scale,
                            int16_t* weights) {
  Largest largest = largest_of(row, n, scale);
  int is_empty = largest.step == INT32_MIN && largest.logit == SOFTMAX_LEAST;
  if (is_empty && row->added.numbers == NULL) return softmax_uniform(n, (uint32_t)softmax_weight(0, scale), weights);
  Table table = {_mm512_loadu_si512(scale->table), _mm512_loadu_si512(scale->table + 32),
                 _mm512_set1_epi16((int16_t)scale->shift)};
  __m512 scales = _mm512_set1_ps(scale->scale);
  __m512i sums = _mm512_setzero_si512(), ones = _mm512_set1_epi16(1);
  size_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    __mmask16 low = kept_of(row, i, 0xffff), high = kept_of(row, i + kLanes, 0xffff);
    __m512i found = weights_of(&table, parts_below(row, i, 0xffff, largest, scales),
                               parts_below(row, i + kLanes, 0xffff, largest, scales),
                               low | (__mmask32)high << kLanes);
    sums = _mm512_add_epi32(sums, _mm512_madd_epi16(found, ones));
    _mm512_storeu_si512(weights + i, found);
  }
  if (i < n) {
    __mmask16 first = lanes(n, i), second = lanes(n, i + kLanes);
    __mmask16 low = kept_of(row, i, first), high = kept_of(row, i + kLanes, second);
    __m512i found = weights_of(&table, parts_below(row, i, first, largest, scales),
                               parts_below(row, i + kLanes, second, largest, scales),
                               low | (__mmask32)high << kLanes);
    sums = _mm512_add_epi32(sums, _mm512_madd_epi16(found, ones));
    _mm256_storeu_si256((__m256i*)(weights + i), _mm512_castsi512_si256(found));
    if (second) {
      _mm256_storeu_si256((__m256i*)(weights + i + kLanes), _mm512_extracti64x4_epi64(found, 1));
    }
  }
  SoftmaxSum result = {_mm512_reduce_add_epi32(sums), is_empty};
  return result;
}

AVX512_CALLED SoftmaxSum weigh(const int32_t* steps, SoftmaxAdded added, size_t n,
                               const SoftmaxScale* scale, int16_t* weights) {
  if (added.numbers != NULL) {
    Row row = {steps, NULL, {NULL, added.numbers}};
    return weigh_row(&row, n, scale, weights);
  }
  if (added.kept != NULL) {
    Row row = {steps, NULL, {added.kept, NULL}};
    return weigh_row(&row, n, scale, weights);
  }
  Row row = {steps, NULL, {NULL, NULL}};
  return weigh_row(&row, n, scale, weights);
}

// Sixteen weights of int8 logits, as int32.
AVX512 __m512i weights_below(const Row* row, size_t i, __mmask16 mask, __m512i largest,
                             const SoftmaxScale* scale) {
  __m512i below = _mm512_maskz_sub_epi32(mask, largest, steps_of(row, i, mask));
  __mmask16 kept = kept_of(row, i, mask);
  return _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), kept, below, scale->by_step, 4);
}

AVX512 SoftmaxSum weigh_steps(const Row* row, size_t n, const SoftmaxScale* scale,
                              int16_t* weights) {
  Largest most = largest_of(row, n, scale);
  if (most.step == INT32_MIN) return softmax_uniform(n, scale->by_step[0], weights);
  __m512i largest = _mm512_set1_epi32(most.step), sums = _mm512_setzero_si512();
  for (size_t i = 0; i < n; i += kLanes) {
    __m512i found = weights_below(row, i, lanes(n, i), largest, scale);
    sums = _mm512_add_epi32(sums, found);
    _mm256_storeu_si256((__m256i*)(weights + i), _mm512_cvtepi32_epi16(found));
  }
  SoftmaxSum result = {_mm512_reduce_add_epi32(sums), 0};
  return result;
}

AVX512_CALLED SoftmaxSum weigh_int8(const int8_t* steps, SoftmaxAdded added, size_t n,
                                    const SoftmaxScale* scale, int16_t* weights) {
  if (added.numbers != NULL) {
    Row row = {NULL, steps, {NULL, added.numbers}};
    return weigh_row(&row, n, scale, weights);
  }
  if (added.kept != NULL) {
    Row row = {NULL, steps, {added.kept, NULL}};
    return weigh_steps(&row, n, scale, weights);
  }
  Row row = {NULL, steps, {NULL, NULL}};
  return weigh_steps(&row, n, scale, weights);
}

// Of 32 weights, as words.
AVX512 __m512i quotients(__m512i weights, __m512i factor, __m512i half, __m128i exponent) {
  __m512i scaled = _mm512_mulhrs_epi16(weights, factor);
  return _mm512_srl_epi16(_mm512_add_epi16(scaled, half), exponent);
}

AVX512_CALLED void divide(const int16_t* weights, size_t n, SoftmaxReciprocal sum, int8_t* y) {
  __m512i factor = _mm512_set1_epi16(sum.factor);
  __m512i half = _mm512_set1_epi16((int16_t)(1 << (sum.exponent - 1)));
  __m128i exponent = _mm_cvtsi32_si128(sum.exponent);
  __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), top = _mm512_set1_epi8((char)0x80);
  size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    __m512i low = quotients(_mm512_loadu_si512(weights + i), factor, half, exponent);
    __m512i high = quotients(_mm512_loadu_si512(weights + i + 32), factor, half, exponent);
    __m512i bytes = _mm512_permutexvar_epi64(order, _mm512_packus_epi16(low, high));
    _mm512_storeu_si512(y + i, _mm512_xor_si512(bytes, top));
  }
  for (; i < n; i += kLanes) {
    __mmask16 mask = lanes(n, i);
    __m512i words = _mm512_castsi256_si512(_mm256_maskz_loadu_epi16(mask, weights + i));
    __m256i found = _mm512_castsi512_si256(quotients(words, factor, half, exponent));
    __m128i bytes = _mm256_cvtusepi16_epi8(found);
    _mm_mask_storeu_epi8(y + i, mask, _mm_xor_si128(bytes, _mm512_castsi512_si128(top)));
  }
}

const SoftmaxRows softmax_rows_avx512bw = {weigh, weigh_int8, divide};
#endif
