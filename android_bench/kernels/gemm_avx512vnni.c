// Four bytes of the depth at a time, the left ones unsigned: 128 is added to them, and 128 times the
// sum of its column taken from each sum. Weights go as pairs of int16.
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "gemm.h"
#include "gemm_pairs.h"

#define AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"), always_inline)) static inline
#define AVX512_CALLED __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))) static

// Accumulators stay in registers only where the loops over them are gone.
#define UNROLLED _Pragma("clang loop unroll(full)")

enum { kQuad = 4, kMostPanels = 4, kOffset = 128, kAlignment = 64 };

// A left operand is [kGemmRows][depth, padded to quads] bytes and what is added to each row's sums;
// a right one [panels][depth / 4][kGemmPanel][4] bytes behind what each column's sums start with.
static size_t left_row(size_t depth) { return gemm_padded(depth, kQuad); }

static size_t left_bytes(size_t depth) {
  return gemm_padded(kGemmRows * (left_row(depth) + sizeof(int32_t)), kAlignment);
}

static size_t right_bytes(size_t depth, size_t columns) {
  return gemm_padded(columns, kGemmPanel) * (gemm_padded(depth, kQuad) + sizeof(int32_t));
}

// What the sums of each row of a packed left operand are more by.
static int32_t* row_parts(const void* packed, size_t depth) {
  return (int32_t*)((uint8_t*)packed + kGemmRows * left_row(depth));
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

AVX512_CALLED void pack_left(const GemmMatrix* left, size_t first, int32_t right_zero_point,
                             void* packed) {
  size_t depth = left->columns, row = left_row(depth);
  size_t rows = left->rows - first < kGemmRows ? left->rows - first : kGemmRows;
  int is_whole = left->column == 1 && right_zero_point == 0 && depth % kGemmPanel == 0;
  uint8_t* to = packed;
  int32_t* parts = row_parts(packed, depth);
  for (size_t i = 0; i < kGemmRows; ++i) parts[i] = 0;
  for (size_t i = 0; i < rows; ++i, to += row) {
    const int8_t* from = left->data + (ptrdiff_t)(first + i) * left->row;
    if (is_whole) {
      pack_whole_row(left, from, to);
      continue;
    }
    memset(to + row - kQuad, 0, kQuad);
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

AVX512_CALLED void pack_right(const GemmMatrix* right, int32_t left_zero_point, void* packed) {
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

AVX512 __m512i four_bytes(const uint8_t* from) {
  int32_t value;
  __builtin_memcpy(&value, from, sizeof value);
  return _mm512_set1_epi32(value);
}

// kGemmRows rows of `panels` panels, which is a constant where this is called.
AVX512 void tile(const uint8_t* left, size_t row, const int32_t* starts, const int8_t* right,
                 size_t depth, size_t panels, int32_t* sums, size_t stride) {
  size_t quads = row / kQuad, panel_bytes = quads * kGemmPanel * kQuad;
  const int32_t* parts = row_parts(left, depth);
  __m512i total[kGemmRows][kMostPanels];
  UNROLLED
  for (size_t i = 0; i < kGemmRows; ++i) {
    UNROLLED
    for (size_t p = 0; p < panels; ++p) {
      __m512i start = _mm512_loadu_si512(starts + p * kGemmPanel);
      total[i][p] = _mm512_add_epi32(start, _mm512_set1_epi32(parts[i]));
    }
  }
  for (size_t k = 0; k < quads; ++k) {
    __m512i columns[kMostPanels];
    UNROLLED
    for (size_t p = 0; p < panels; ++p) {
      columns[p] = _mm512_load_si512(right + p * panel_bytes + k * kGemmPanel * kQuad);
    }
    UNROLLED
    for (size_t i = 0; i < kGemmRows; ++i) {
      __m512i bytes = four_bytes(left + i * row + k * kQuad);
      UNROLLED
      for (size_t p = 0; p < panels; ++p) {
        total[i][p] = _mm512_dpbusd_epi32(total[i][p], bytes, columns[p]);
      }
    }
  }
  UNROLLED
  for (size_t i = 0; i < kGemmRows; ++i) {
    UNROLLED
    for (size_t p = 0; p < panels; ++p) {
      _mm512_storeu_si512(sums + i * stride + p * kGemmPanel, total[i][p]);
    }
  }
}

AVX512_CALLED void multiply(const void* left, const void* right, size_t depth, size_t columns,
                            int32_t* sums, size_t stride) {
  size_t padded = gemm_padded(columns, kGemmPanel), row = left_row(depth);
  const int32_t* starts = right;
  const int8_t* bytes = (const int8_t*)(starts + padded);
  for (size_t first = 0; first < padded; first += kMostPanels * kGemmPanel) {
    const int8_t* panel = bytes + first * row;
    switch ((padded - first) / kGemmPanel) {
      case 1:
        tile(left, row, starts + first, panel, depth, 1, sums + first, stride);
        break;
      case 2:
        tile(left, row, starts + first, panel, depth, 2, sums + first, stride);
        break;
      case 3:
        tile(left, row, starts + first, panel, depth, 3, sums + first, stride);
        break;
      default:
        tile(left, row, starts + first, panel, depth, kMostPanels, sums + first, stride);
    }
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

AVX512_CALLED void pack_values(const GemmMatrix* values, void* packed) {
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

AVX512 __m512i pair(const int16_t* from) {
  int32_t value;
  __builtin_memcpy(&value, from, sizeof value);
  return _mm512_set1_epi32(value);
}

// total + the products of two pairs, in one instruction: the compiler would take the intrinsic apart.
AVX512 __m512i add_products(__m512i total, __m512i one, __m512i other) {
  __asm__("vpdpwssd %2, %1, %0" : "+v"(total) : "v"(one), "v"(other));
  return total;
}

AVX512 void mix_tile(const int16_t* weights, size_t weights_stride, const int16_t* values,
                     size_t pairs, size_t panels, int32_t* sums, size_t stride) {
  size_t panel_numbers = pairs * 2 * kGemmPanel;
  __m512i total[kGemmRows][kMostPanels];
  UNROLLED
  for (size_t i = 0; i < kGemmRows; ++i) {
    UNROLLED
    for (size_t p = 0; p < panels; ++p) total[i][p] = _mm512_setzero_si512();
  }
  for (size_t k = 0; k < pairs; ++k) {
    __m512i columns[kMostPanels];
    UNROLLED
    for (size_t p = 0; p < panels; ++p) {
      columns[p] = _mm512_load_si512(values + p * panel_numbers + k * 2 * kGemmPanel);
    }
    UNROLLED
    for (size_t i = 0; i < kGemmRows; ++i) {
      __m512i two = pair(weights + i * weights_stride + 2 * k);
      UNROLLED
      for (size_t p = 0; p < panels; ++p) {
        total[i][p] = add_products(total[i][p], two, columns[p]);
      }
    }
  }
  UNROLLED
  for (size_t i = 0; i < kGemmRows; ++i) {
    UNROLLED
    for (size_t p = 0; p < panels; ++p) {
      _mm512_storeu_si512(sums + i * stride + p * kGemmPanel, total[i][p]);
    }
  }
}

AVX512_CALLED void mix(const int16_t* weights, size_t weights_stride, const void* values,
                       size_t depth, size_t columns, int32_t* sums, size_t stride) {
  size_t padded = gemm_padded(columns, kGemmPanel), pairs = gemm_padded(depth, 2) / 2;
  for (size_t first = 0; first < padded; first += kMostPanels * kGemmPanel) {
    const int16_t* panel = (const int16_t*)values + first * 2 * pairs;
    int32_t* to = sums + first;
    switch ((padded - first) / kGemmPanel) {
      case 1:
        mix_tile(weights, weights_stride, panel, pairs, 1, to, stride);
        break;
      case 2:
        mix_tile(weights, weights_stride, panel, pairs, 2, to, stride);
        break;
      case 3:
        mix_tile(weights, weights_stride, panel, pairs, 3, to, stride);
        break;
      default:
        mix_tile(weights, weights_stride, panel, pairs, kMostPanels, to, stride);
    }
  }
}

AVX512 __m128i requantized(__m512i sums, __m512 scale, __m512 zero_point) {
  __m512 values = _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sums), scale), zero_point);
  values = _mm512_min_ps(_mm512_max_ps(values, _mm512_set1_ps(-128)), _mm512_set1_ps(127));
  return _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(values));
}

AVX512_CALLED void requantize_row(const int32_t* sums, size_t n, float scale, int32_t zero_point,
                                  int8_t* y) {
  __m512 scales = _mm512_set1_ps(scale), zeros = _mm512_set1_ps((float)zero_point);
  size_t i = 0;
  for (; i + kGemmPanel <= n; i += kGemmPanel) {
    __m128i bytes = requantized(_mm512_loadu_si512(sums + i), scales, zeros);
    _mm_storeu_si128((__m128i*)(y + i), bytes);
  }
  if (i == n) return;
  __mmask16 mask = columns_of(n, i);
  __m512i last = _mm512_maskz_loadu_epi32(mask, sums + i);
  _mm_mask_storeu_epi8(y + i, mask, requantized(last, scales, zeros));
}

const Gemm gemm_avx512vnni = {
    .left_bytes = left_bytes,
    .right_bytes = right_bytes,
    .pack_left = pack_left,
    .pack_right = pack_right,
    .multiply = multiply,
    .values_bytes = gemm_pairs_right_bytes,
    .pack_values = pack_values,
    .mix = mix,
    .requantize = requantize_row,
};
#endif
