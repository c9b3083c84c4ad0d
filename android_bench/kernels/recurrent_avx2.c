// The int8 recurrent layers, 8 rows of weights at a time: the products of |x| and of the weights
// with x's sign are at most 128 * 127, so that two of them fit in 16 bits.
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2")))

#include "recurrent_int8.h"

// Two neighbours of the table at a time: entries of 16 bits, read as one of 32.
TARGET static inline size_t look_up(const RecurrentTable* table, const float* x, float* y,
                                    size_t n) {
  enum { kLanes = 8 };
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    __m256 place = _mm256_mul_ps(_mm256_loadu_ps(x + i), _mm256_set1_ps(kPerUnit));
    place = _mm256_add_ps(place, _mm256_set1_ps(kMiddle));
    __m256 inside = _mm256_max_ps(place, _mm256_setzero_ps());
    __m256i index = _mm256_cvttps_epi32(_mm256_min_ps(inside, _mm256_set1_ps(kIntervals - 1)));
    __m256i both = _mm256_i32gather_epi32((const int*)table->entries, index, 2);
    __m256 low = _mm256_cvtepi32_ps(_mm256_srai_epi32(_mm256_slli_epi32(both, 16), 16));
    __m256 high = _mm256_cvtepi32_ps(_mm256_srai_epi32(both, 16));
    __m256 part = _mm256_sub_ps(place, _mm256_cvtepi32_ps(index));
    __m256 value = _mm256_add_ps(low, _mm256_mul_ps(part, _mm256_sub_ps(high, low)));
    _mm256_storeu_ps(y + i, _mm256_mul_ps(value, _mm256_set1_ps(table->scale)));
  }
  return i;
}

#define LOOK_UP look_up
#include "recurrent_loops.h"

enum { kTogether = 2 };  // vectors that share what is loaded of the weights

TARGET static inline __m256i broadcast(const int8_t* four) {
  int32_t packed;
  memcpy(&packed, four, sizeof packed);
  return _mm256_set1_epi32(packed);
}

TARGET static inline __m256i plus_products(__m256i sum, __m256i x, __m256i weights) {
  __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(weights, x));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

TARGET static inline __attribute__((always_inline)) void rows_of(
    const int8_t* weights, const int8_t* vectors, size_t depth, int count, int32_t* sums,
    size_t stride) {
  __m256i sum[kTogether][2];
  for (int v = 0; v < count; ++v) sum[v][0] = sum[v][1] = _mm256_setzero_si256();
  for (size_t k = 0; k < depth; k += kDepthGroup, weights += kRowGroup * kDepthGroup) {
    __m256i first = _mm256_loadu_si256((const __m256i*)weights);
    __m256i second = _mm256_loadu_si256((const __m256i*)(weights + 32));
    for (int v = 0; v < count; ++v) {
      __m256i x = broadcast(vectors + v * depth + k);
      sum[v][0] = plus_products(sum[v][0], x, first);
      sum[v][1] = plus_products(sum[v][1], x, second);
    }
  }
  for (int v = 0; v < count; ++v) {
    _mm256_storeu_si256((__m256i*)(sums + v * stride), sum[v][0]);
    _mm256_storeu_si256((__m256i*)(sums + v * stride + 8), sum[v][1]);
  }
}

#include "recurrent_together.h"

const RecurrentVersion recurrent_avx2 = RECURRENT_VERSION;
#endif
