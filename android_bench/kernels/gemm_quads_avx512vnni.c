// Packs 16 bytes or more at a time.
#if defined(__x86_64__)
#include <immintrin.h>

#include "gemm_pairs.h"
#include "gemm_quads.h"

#define AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"), always_inline)) static inline
#define AVX512_CALLED __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

enum { kOffset = 128, kAlignment = 64 };

size_t gemm_quads_left_bytes(size_t depth) {
  return gemm_padded(kGemmRows * (gemm_quads_row(depth) + sizeof(int32_t)), kAlignment);
}

size_t gemm_quads_right_bytes(size_t depth, size_t columns) {
  return gemm_padded(columns, kGemmPanel) * (gemm_quads_row(depth) + sizeof(int32_t));
}

// The columns that are there, of a panel.
static __mmask16 columns_of(size_t columns, size_t first) {
  return columns - first >= kGemmPanel ? 0xffff : (__mmask16)((1u << (columns - first)) - 1);
}

static int32_t pack_row(const GemmMatrix* left, const int8_t* from, uint8_t* to) {
  int32_t sum = 0;
  for (size_t k = 0; k < left->columns; ++k) {
    int8_t value = from[(ptrdiff_t)k * left->column];
    to[k] = (uint8_t)(value + kOffset);
    sum += value - left->zero_point;
  }
  return sum;
}

AVX512 int32_t pack_row_of_bytes(const GemmMatrix* left, const int8_t* from, uint8_t* to) {
  __m512i sums = _mm512_setzero_si512();
  __m128i top = _mm_set1_epi8((char)0x80);
  for (size_t k = 0; k < left->columns; k += kGemmPanel) {
    __mmask16 mask = columns_of(left->columns, k);
    __m128i values = _mm_maskz_loadu_epi8(mask, from + k);
    sums = _mm512_add_epi32(sums, _mm512_cvtepi8_epi32(values));
    _mm_mask_storeu_epi8(to + k, mask, _mm_xor_si128(values, top));
  }
  return _mm512_reduce_add_epi32(sums) - (int32_t)left->columns * left->zero_point;
}

// The same for a row that is a multiple of 16 bytes, whose sum nobody needs.
AVX512 void pack_whole_row(const GemmMatrix* left, const int8_t* from, uint8_t* to) {
  __m128i top = _mm_set1_epi8((char)0x80);
  for (size_t k = 0; k < left->columns; k += kGemmPanel) {
    __m128i values = _mm_loadu_si128((const __m128i*)(from + k));
    _mm_storeu_si128((__m128i*)(to + k), _mm_xor_si128(values, top));
  }
}

AVX512_CALLED void gemm_quads_pack_left(const GemmMatrix* left, size_t first,
                                        int32_t right_zero_point, void* packed) {
  size_t depth = left->columns, row = gemm_quads_row(depth);
  size_t rows = left->rows - first < kGemmRows ? left->rows - first : kGemmRows;
  int is_whole = left->column == 1 && right_zero_point == 0 && depth % kGemmPanel == 0;
  uint8_t* to = packed;
  int32_t* parts = gemm_quads_row_parts(packed, depth);
  for (size_t i = 0; i < kGemmRows; ++i) parts[i] = 0;
  for (size_t i = 0; i < rows; ++i, to += row) {
    const int8_t* from = left->data + (ptrdiff_t)(first + i) * left->row;
    if (is_whole) {
      pack_whole_row(left, from, to);
      continue;
    }
    int32_t sum = left->column == 1 ? pack_row_of_bytes(left, from, to) : pack_row(left, from, to);
    parts[i] = -right_zero_point * sum;
  }
}

// A quad of a panel whose columns each hold their depth in consecutive bytes.
AVX512 __m512i gathered(const GemmMatrix* right, size_t k, size_t first, __mmask16 mask) {
  __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  __m512i places = _mm512_mullo_epi32(lanes, _mm512_set1_epi32((int32_t)right->column));
  const int8_t* from = right->data + (ptrdiff_t)first * right->column + k;
  return _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), mask, places, from, 1);
}

// Four columns that each hold their depth in consecutive bytes, four apart, 16 bytes of each.
AVX512 __m512i four_columns(const int8_t* from, ptrdiff_t column) {
  __m512i found = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i*)from));
  found = _mm512_inserti32x4(found, _mm_loadu_si128((const __m128i*)(from + 4 * column)), 1);
  found = _mm512_inserti32x4(found, _mm_loadu_si128((const __m128i*)(from + 8 * column)), 2);
  return _mm512_inserti32x4(found, _mm_loadu_si128((const __m128i*)(from + 12 * column)), 3);
}

// Four quads of such a panel, of which all columns are there.
AVX512 void transposed(const GemmMatrix* right, size_t k, size_t first, __m512i quads[4]) {
  const int8_t* from = right->data + (ptrdiff_t)first * right->column + (ptrdiff_t)k;
  __m512i columns[4];
  for (int i = 0; i < 4; ++i) columns[i] = four_columns(from + i * right->column, right->column);
  __m512i a = _mm512_unpacklo_epi32(columns[0], columns[1]);
  __m512i b = _mm512_unpackhi_epi32(columns[0], columns[1]);
  __m512i c = _mm512_unpacklo_epi32(columns[2], columns[3]);
  __m512i d = _mm512_unpackhi_epi32(columns[2], columns[3]);
  quads[0] = _mm512_unpacklo_epi64(a, c);
  quads[1] = _mm512_unpackhi_epi64(a, c);
  quads[2] = _mm512_unpacklo_epi64(b, d);
  quads[3] = _mm512_unpackhi_epi64(b, d);
}

// A quad of a panel whose rows are consecutive bytes.
AVX512 __m512i interleaved(const GemmMatrix* right, size_t k, size_t first, __mmask16 mask) {
  __m128i rows[kQuad];
  for (size_t i = 0; i < kQuad; ++i) {
    const int8_t* from = right->data + (ptrdiff_t)(k + i) * right->row + first;
    rows[i] = k + i < right->rows ? _mm_maskz_loadu_epi8(mask, from) : _mm_setzero_si128();
  }
  __m512i a = _mm512_cvtepu8_epi32(rows[0]), b = _mm512_cvtepu8_epi32(rows[1]);
  __m512i c = _mm512_cvtepu8_epi32(rows[2]), d = _mm512_cvtepu8_epi32(rows[3]);
  __m512i low = _mm512_or_si512(a, _mm512_slli_epi32(b, 8));
  __m512i high = _mm512_or_si512(_mm512_slli_epi32(c, 16), _mm512_slli_epi32(d, 24));
  return _mm512_or_si512(low, high);
}

AVX512 __m512i collected(const GemmMatrix* right, size_t k, size_t first) {
  int8_t quad[kGemmPanel][kQuad] = {{0}};
  for (size_t j = 0; j < kGemmPanel && first + j < right->columns; ++j) {
    for (size_t i = 0; i < kQuad && k + i < right->rows; ++i) {
      quad[j][i] =
          right->data[(ptrdiff_t)(k + i) * right->row + (ptrdiff_t)(first + j) * right->column];
    }
  }
  return _mm512_loadu_si512(quad);
}

AVX512_CALLED void gemm_quads_pack_right(const GemmMatrix* right, int32_t left_zero_point,
                                         void* packed) {
  size_t columns = gemm_padded(right->columns, kGemmPanel);
  int32_t* starts = packed;
  int8_t* to = (int8_t*)(starts + columns);
  int is_gathered = right->row == 1 && right->column == (int32_t)right->column &&
                    right->column < INT32_MAX / kGemmPanel && right->column > 0;
  for (size_t first = 0; first < columns; first += kGemmPanel) {
    __mmask16 mask = columns_of(right->columns, first);
    __m512i sums = _mm512_setzero_si512();
    size_t k = 0;
    for (; right->row == 1 && mask == 0xffff && k + 4 * kQuad <= right->rows; k += 4 * kQuad) {
      __m512i quads[4];
      transposed(right, k, first, quads);
      for (int i = 0; i < 4; ++i, to += kGemmPanel * kQuad) {
        sums = _mm512_dpbusd_epi32(sums, _mm512_set1_epi8(1), quads[i]);
        _mm512_store_si512(to, quads[i]);
      }
    }
    for (; k < right->rows; k += kQuad, to += kGemmPanel * kQuad) {
      __m512i quad;
      if (right->column == 1) {
        quad = interleaved(right, k, first, mask);
      } else if (is_gathered && k + kQuad <= right->rows) {
        quad = gathered(right, k, first, mask);
      } else {
        quad = collected(right, k, first);
      }
      sums = _mm512_dpbusd_epi32(sums, _mm512_set1_epi8(1), quad);
      _mm512_store_si512(to, quad);
    }
    __m512i factor = _mm512_set1_epi32(-(left_zero_point + kOffset));
    _mm512_storeu_si512(starts + first, _mm512_mullo_epi32(sums, factor));
  }
}

// Two rows of values, 16 columns, as pairs.
AVX512 __m512i pairs_of(const GemmMatrix* values, size_t k, size_t first, __mmask16 mask) {
  const int8_t* from = values->data + (ptrdiff_t)k * values->row + first;
  __m512i zero = _mm512_set1_epi32(values->zero_point);
  __m512i one = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, from));
  one = _mm512_maskz_sub_epi32(mask, one, zero);
  __m512i other = _mm512_setzero_si512();
  if (k + 1 < values->rows) {
    other = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, from + values->row));
    other = _mm512_maskz_sub_epi32(mask, other, zero);
  }
  return _mm512_mask_blend_epi16(0xaaaaaaaau, one, _mm512_slli_epi32(other, 16));
}

AVX512_CALLED void gemm_quads_pack_values(const GemmMatrix* values, void* packed) {
  if (values->column != 1) {
    gemm_pairs_pack_values(values, packed);
    return;
  }
  int16_t* to = packed;
  for (size_t first = 0; first < values->columns; first += kGemmPanel) {
    __mmask16 mask = columns_of(values->columns, first);
    for (size_t k = 0; k < values->rows; k += 2, to += 2 * kGemmPanel) {
      _mm512_store_si512(to, pairs_of(values, k, first, mask));
    }
  }
}
#endif
