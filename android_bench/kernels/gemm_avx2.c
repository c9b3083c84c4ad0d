// Pairs of int16 by multiply-and-add: 16 columns in two registers for each of six rows.
#if defined(__x86_64__)
#include <immintrin.h>

#include "gemm.h"
#include "gemm_pairs.h"

#define AVX2 __attribute__((target("avx2")))

enum { kPanelBytes = 2 * kGemmPanel * sizeof(int16_t) };

AVX2 static inline __m256i both(const int16_t* pair) {
  int32_t value;
  __builtin_memcpy(&value, pair, sizeof value);
  return _mm256_set1_epi32(value);
}

AVX2 static void mix(const int16_t* weights, size_t weights_stride, const void* values,
                     size_t depth, size_t columns, int32_t* sums, size_t stride) {
  size_t pairs = gemm_padded(depth, 2) / 2;
  const char* right = values;
  for (size_t column = 0; column < columns; column += kGemmPanel) {
    __m256i low[kGemmRows], high[kGemmRows];
    for (int i = 0; i < kGemmRows; ++i) low[i] = high[i] = _mm256_setzero_si256();
    for (size_t k = 0; k < pairs; ++k, right += kPanelBytes) {
      __m256i first = _mm256_load_si256((const __m256i*)right);
      __m256i second = _mm256_load_si256((const __m256i*)right + 1);
#pragma clang loop unroll(full)
      for (int i = 0; i < kGemmRows; ++i) {
        __m256i pair = both(weights + (size_t)i * weights_stride + 2 * k);
        low[i] = _mm256_add_epi32(low[i], _mm256_madd_epi16(pair, first));
        high[i] = _mm256_add_epi32(high[i], _mm256_madd_epi16(pair, second));
      }
    }
    for (int i = 0; i < kGemmRows; ++i) {
      __m256i* to = (__m256i*)(sums + (size_t)i * stride + column);
      _mm256_storeu_si256(to, low[i]);
      _mm256_storeu_si256(to + 1, high[i]);
    }
  }
}

// Two rows of 16 columns as pairs.
AVX2 static void interleave(const int8_t* one, const int8_t* other, int32_t zero_point,
                            int16_t* packed) {
  __m256i zero = _mm256_set1_epi16((int16_t)zero_point);
  __m256i a = _mm256_sub_epi16(_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)one)), zero);
  __m256i b = _mm256_sub_epi16(_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)other)), zero);
  __m256i low = _mm256_unpacklo_epi16(a, b), high = _mm256_unpackhi_epi16(a, b);
  _mm256_storeu_si256((__m256i*)packed, _mm256_permute2x128_si256(low, high, 0x20));
  _mm256_storeu_si256((__m256i*)packed + 1, _mm256_permute2x128_si256(low, high, 0x31));
}

AVX2 static void pack_values(const GemmMatrix* values, void* packed) {
  if (values->column != 1 || values->rows % 2 || values->columns % kGemmPanel) {
    gemm_pairs_pack_values(values, packed);
    return;
  }
  int16_t* to = packed;
  for (size_t column = 0; column < values->columns; column += kGemmPanel) {
    for (size_t k = 0; k < values->rows; k += 2, to += 2 * kGemmPanel) {
      const int8_t* from = values->data + (ptrdiff_t)k * values->row + column;
      interleave(from, from + values->row, values->zero_point, to);
    }
  }
}

GEMM_OF_PAIRS(gemm_avx2, mix, pack_values)
#endif
