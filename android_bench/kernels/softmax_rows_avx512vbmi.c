// 64 weights of int8 logits at a time: what is this many steps below the largest is looked up in two
// tables of bytes.
#if defined(__x86_64__)
#include <immintrin.h>

#include "softmax_rows.h"

#define TARGET "avx512f,avx512bw,avx512vl,avx512vbmi"
#define AVX512 __attribute__((target(TARGET), always_inline)) static inline
#define AVX512_CALLED __attribute__((target(TARGET))) static

enum { kLanes = 64 };

// 256 bytes.
typedef struct {
  __m512i quarters[4];
} Table;

AVX512 __m512i look_up(const Table* table, __m512i place) {
  __m512i low = _mm512_permutex2var_epi8(table->quarters[0], place, table->quarters[1]);
  __m512i high = _mm512_permutex2var_epi8(table->quarters[2], place, table->quarters[3]);
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(place), low, high);
}

AVX512 Table load(const uint8_t* bytes) {
  Table table;
  for (int i = 0; i < 4; ++i) table.quarters[i] = _mm512_loadu_si512(bytes + kLanes * i);
  return table;
}

AVX512 __mmask64 lanes(size_t n, size_t first) {
  return n - first >= kLanes ? ~0ull : (1ull << (n - first)) - 1;
}

AVX512 __mmask64 kept_of(const uint8_t* kept, size_t i, __mmask64 mask) {
  if (kept == NULL) return mask;
  __m512i bytes = _mm512_maskz_loadu_epi8(mask, kept + i);
  return _mm512_test_epi8_mask(bytes, bytes);
}

AVX512 int8_t reduce_max(__m512i values) {
  __m256i half = _mm256_max_epi8(_mm512_castsi512_si256(values),
                                 _mm512_extracti64x4_epi64(values, 1));
  __m128i found = _mm_max_epi8(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  found = _mm_max_epi8(found, _mm_srli_si128(found, 8));
  found = _mm_max_epi8(found, _mm_srli_si128(found, 4));
  found = _mm_max_epi8(found, _mm_srli_si128(found, 2));
  found = _mm_max_epi8(found, _mm_srli_si128(found, 1));
  return (int8_t)_mm_cvtsi128_si32(found);
}

// The sums of low bytes and of high bytes, each of eight at a time.
typedef struct {
  __m512i low, high;
} Sums;

// 64 weights; those that are not kept are 0.
AVX512 void weigh_lanes(const SoftmaxScale* scale, __m512i steps, __mmask64 kept, __m512i largest,
                        Sums* sums, __m512i found[2]) {
  Table low_table = load(scale->low), high_table = load(scale->high);
  // Unpacking takes the halves of 16 bytes each: they are put where it looks for them.
  __m512i order = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7), zero = _mm512_setzero_si512();
  __m512i below = _mm512_sub_epi8(largest, steps);
  __m512i low = _mm512_maskz_mov_epi8(kept, look_up(&low_table, below));
  __m512i high = _mm512_maskz_mov_epi8(kept, look_up(&high_table, below));
  sums->low = _mm512_add_epi64(sums->low, _mm512_sad_epu8(low, zero));
  sums->high = _mm512_add_epi64(sums->high, _mm512_sad_epu8(high, zero));
  low = _mm512_permutexvar_epi64(order, low);
  high = _mm512_permutexvar_epi64(order, high);
  found[0] = _mm512_unpacklo_epi8(low, high);
  found[1] = _mm512_unpackhi_epi8(low, high);
}

AVX512 SoftmaxSum weigh_row(const int8_t* steps, const uint8_t* kept, size_t n,
                            const SoftmaxScale* scale, int16_t* weights) {
  __m512i most = _mm512_set1_epi8(INT8_MIN);
  __mmask64 any = 0;
  for (size_t i = 0; i < n; i += kLanes) {
    __mmask64 mask = lanes(n, i), those = kept_of(kept, i, mask);
    __m512i values = _mm512_maskz_loadu_epi8(mask, steps + i);
    most = _mm512_mask_max_epi8(most, those, most, values);
    any |= those;
  }
  if (!any) return softmax_uniform(n, scale->by_step[0], weights);
  __m512i largest = _mm512_set1_epi8(reduce_max(most)), found[2];
  Sums sums = {_mm512_setzero_si512(), _mm512_setzero_si512()};
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    __m512i values = _mm512_loadu_si512(steps + i);
    weigh_lanes(scale, values, kept_of(kept, i, ~0ull), largest, &sums, found);
    _mm512_storeu_si512(weights + i, found[0]);
    _mm512_storeu_si512(weights + i + kLanes / 2, found[1]);
  }
  if (i < n) {
    __mmask64 mask = lanes(n, i);
    __m512i values = _mm512_maskz_loadu_epi8(mask, steps + i);
    weigh_lanes(scale, values, kept_of(kept, i, mask), largest, &sums, found);
    for (size_t unit = 0; i + unit < n; unit += kSoftmaxUnit) {
      __m512i words = found[unit / 32];
      __m256i half = unit % 32 ? _mm512_extracti64x4_epi64(words, 1) : _mm512_castsi512_si256(words);
      _mm256_storeu_si256((__m256i*)(weights + i + unit), half);
    }
  }
  int64_t total = _mm512_reduce_add_epi64(sums.low) + (_mm512_reduce_add_epi64(sums.high) << 8);
  SoftmaxSum result = {(int32_t)total, 0};
  return result;
}

AVX512_CALLED SoftmaxSum weigh_int8(const int8_t* steps, SoftmaxAdded added, size_t n,
                                    const SoftmaxScale* scale, int16_t* weights) {
  if (added.numbers != NULL) {
    return softmax_rows_avx512bw.weigh_int8(steps, added, n, scale, weights);
  }
  if (added.kept == NULL) return weigh_row(steps, NULL, n, scale, weights);
  return weigh_row(steps, added.kept, n, scale, weights);
}

// The rest is no better with these instructions.
static SoftmaxSum weigh(const int32_t* steps, SoftmaxAdded added, size_t n,
                        const SoftmaxScale* scale, int16_t* weights) {
  return softmax_rows_avx512bw.weigh(steps, added, n, scale, weights);
}

static void divide(const int16_t* weights, size_t n, SoftmaxReciprocal sum, int8_t* y) {
  softmax_rows_avx512bw.divide(weights, n, sum, y);
}

const SoftmaxRows softmax_rows_avx512vbmi = {weigh, weigh_int8, divide};
#endif
