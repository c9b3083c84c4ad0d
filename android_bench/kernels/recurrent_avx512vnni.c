// The int8 recurrent layers, 16 rows of weights at a time. The instruction takes one unsigned
// factor: x + 128, for which 128 times the sum of the row is taken off.
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

#include "recurrent_int8.h"

// Two neighbours of the table at a time: entries of 16 bits, read as one of 32.
TARGET static inline size_t look_up(const RecurrentTable* table, const float* x, float* y,
                                    size_t n) {
  enum { kLanes = 16 };
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    __m512 place = _mm512_mul_ps(_mm512_loadu_ps(x + i), _mm512_set1_ps(kPerUnit));
    place = _mm512_add_ps(place, _mm512_set1_ps(kMiddle));
    __m512 inside = _mm512_max_ps(place, _mm512_setzero_ps());
    __m512i index = _mm512_cvttps_epi32(_mm512_min_ps(inside, _mm512_set1_ps(kIntervals - 1)));
    __m512i both = _mm512_i32gather_epi32(index, table->entries, 2);
    __m512 low = _mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_slli_epi32(both, 16), 16));
    __m512 high = _mm512_cvtepi32_ps(_mm512_srai_epi32(both, 16));
    __m512 part = _mm512_sub_ps(place, _mm512_cvtepi32_ps(index));
    __m512 value = _mm512_add_ps(low, _mm512_mul_ps(part, _mm512_sub_ps(high, low)));
    _mm512_storeu_ps(y + i, _mm512_mul_ps(value, _mm512_set1_ps(table->scale)));
  }
  return i;
}

#define LOOK_UP look_up
#include "recurrent_loops.h"

enum { kTogether = 4, kGroups = 8 };  // the most vectors and groups of rows side by side

TARGET static inline __m512i broadcast(const int8_t* four) {
  int32_t packed;
  memcpy(&packed, four, sizeof packed);
  return _mm512_xor_si512(_mm512_set1_epi32(packed), _mm512_set1_epi8((char)0x80));
}

TARGET static inline __attribute__((always_inline)) void rows_of(
    const RecurrentProduct* product, size_t row, const int8_t* vectors, int count, int groups,
    int32_t* sums) {
  size_t depth = product->depth, rows = product->rows;
  const int8_t* weights = product->weights + row * depth;
  __m512i sum[kTogether][kGroups];
  for (int g = 0; g < groups; ++g) {
    __m512i taken = _mm512_loadu_si512(product->sums + row + g * kRowGroup);
    __m512i start = _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_slli_epi32(taken, 7));
    for (int v = 0; v < count; ++v) sum[v][g] = start;
  }
  for (size_t k = 0; k < depth; k += kDepthGroup) {
    __m512i x[kTogether];
    for (int v = 0; v < count; ++v) x[v] = broadcast(vectors + v * depth + k);
    for (int g = 0; g < groups; ++g) {
      __m512i w = _mm512_loadu_si512(weights + g * kRowGroup * depth + k * kRowGroup);
      for (int v = 0; v < count; ++v) sum[v][g] = _mm512_dpbusd_epi32(sum[v][g], x[v], w);
    }
  }
  for (int g = 0; g < groups; ++g) {
    for (int v = 0; v < count; ++v) {
      _mm512_storeu_si512(sums + v * rows + row + g * kRowGroup, sum[v][g]);
    }
  }
}

// `count` vectors with all rows, `groups` of 16 at a time.
TARGET static inline __attribute__((always_inline)) void all_rows(
    const RecurrentProduct* product, const int8_t* vectors, int count, int groups, int32_t* sums) {
  size_t row = 0;
  for (; row + groups * kRowGroup <= product->rows; row += groups * kRowGroup) {
    rows_of(product, row, vectors, count, groups, sums);
  }
  for (; row < product->rows; row += kRowGroup) rows_of(product, row, vectors, count, 1, sums);
}

TARGET static void multiply(const RecurrentProduct* product, const int8_t* vectors, size_t count,
                            int32_t* sums) {
  size_t depth = product->depth, rows = product->rows, v = 0;
  for (; v + 4 <= count; v += 4) all_rows(product, vectors + v * depth, 4, 4, sums + v * rows);
  for (; v + 2 <= count; v += 2) all_rows(product, vectors + v * depth, 2, 8, sums + v * rows);
  for (; v < count; ++v) all_rows(product, vectors + v * depth, 1, 8, sums + v * rows);
}

const RecurrentVersion recurrent_avx512vnni = RECURRENT_VERSION;
#endif
