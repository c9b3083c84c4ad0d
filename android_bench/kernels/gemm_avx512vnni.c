// Four bytes of the depth at a time, the left ones unsigned: 128 is added to them, and 128 times the
// sum of its column taken from each sum. Weights go as pairs of int16.
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "gemm_pairs.h"
#include "gemm_quads.h"

#define AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"), always_inline)) static inline
#define AVX512_CALLED __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))) static

// Accumulators stay in registers only where the loops over them are gone.
#define UNROLLED _Pragma("clang loop unroll(full)")

enum { kMostPanels = 4, kPanelBytes = kGemmPanel * kQuad };

// Packed operands, whatever is in the four bytes of each row and column that are multiplied at once.
typedef struct {
  const uint8_t* left;    // [kGemmRows], `stride` bytes from one row to the next
  size_t stride;
  const uint8_t* panels;  // [panels][steps][kPanelBytes]
  size_t steps;
  int are_pairs;          // of int16; else quads of bytes
  const int32_t *starts, *parts;  // what sums of quads begin with, of each column and each row
} Operands;

AVX512 __m512i four_bytes(const uint8_t* from) {
  int32_t value;
  memcpy(&value, from, sizeof value);
  return _mm512_set1_epi32(value);
}

// total + the products of four bytes. That of pairs by its name: the compiler would take the
// intrinsic apart.
AVX512 __m512i add_products(__m512i total, __m512i left, __m512i right, int are_pairs) {
  if (!are_pairs) return _mm512_dpbusd_epi32(total, left, right);
  __asm__("vpdpwssd %2, %1, %0" : "+v"(total) : "v"(left), "v"(right));
  return total;
}

// The sums of kGemmRows rows and the panels from column `first` on. `panels` is a constant where this
// is called.
AVX512 void tile(const Operands* of, size_t first, size_t panels, int32_t* sums, size_t stride) {
  const uint8_t* right = of->panels + first / kGemmPanel * of->steps * kPanelBytes;
  __m512i total[kGemmRows][kMostPanels];
  UNROLLED
  for (size_t i = 0; i < kGemmRows; ++i) {
    UNROLLED
    for (size_t p = 0; p < panels; ++p) {
      total[i][p] = _mm512_setzero_si512();
      if (of->are_pairs) continue;
      __m512i start = _mm512_loadu_si512(of->starts + first + p * kGemmPanel);
      total[i][p] = _mm512_add_epi32(start, _mm512_set1_epi32(of->parts[i]));
    }
  }
  for (size_t k = 0; k < of->steps; ++k) {
    __m512i columns[kMostPanels];
    UNROLLED
    for (size_t p = 0; p < panels; ++p) {
      columns[p] = _mm512_load_si512(right + (p * of->steps + k) * kPanelBytes);
    }
    UNROLLED
    for (size_t i = 0; i < kGemmRows; ++i) {
      __m512i row = four_bytes(of->left + i * of->stride + k * kQuad);
      UNROLLED
      for (size_t p = 0; p < panels; ++p) {
        total[i][p] = add_products(total[i][p], row, columns[p], of->are_pairs);
      }
    }
  }
  UNROLLED
  for (size_t i = 0; i < kGemmRows; ++i) {
    UNROLLED
    for (size_t p = 0; p < panels; ++p) {
      _mm512_storeu_si512(sums + i * stride + first + p * kGemmPanel, total[i][p]);
    }
  }
}

AVX512 void tiles(const Operands* of, size_t columns, int32_t* sums, size_t stride) {
  size_t padded = gemm_padded(columns, kGemmPanel);
  for (size_t first = 0; first < padded; first += kMostPanels * kGemmPanel) {
    switch ((padded - first) / kGemmPanel) {
      case 1: tile(of, first, 1, sums, stride); break;
      case 2: tile(of, first, 2, sums, stride); break;
      case 3: tile(of, first, 3, sums, stride); break;
      default: tile(of, first, kMostPanels, sums, stride);
    }
  }
}

AVX512_CALLED void multiply(const void* left, const void* right, size_t depth, size_t columns,
                            int32_t* sums, size_t stride) {
  const int32_t* starts = right;
  size_t row = gemm_quads_row(depth);
  Operands of = {.left = left,
                 .stride = row,
                 .panels = (const uint8_t*)(starts + gemm_padded(columns, kGemmPanel)),
                 .steps = row / kQuad,
                 .starts = starts,
                 .parts = gemm_quads_row_parts(left, depth)};
  tiles(&of, columns, sums, stride);
}

AVX512_CALLED void mix(const int16_t* weights, size_t weights_stride, const void* values,
                       size_t depth, size_t columns, int32_t* sums, size_t stride) {
  Operands of = {.left = (const uint8_t*)weights,
                 .stride = weights_stride * sizeof *weights,
                 .panels = values,
                 .steps = gemm_padded(depth, 2) / 2,
                 .are_pairs = 1};
  tiles(&of, columns, sums, stride);
}

const Gemm gemm_avx512vnni = {
    .left_bytes = gemm_quads_left_bytes,
    .right_bytes = gemm_quads_right_bytes,
    .pack_left = gemm_quads_pack_left,
    .pack_right = gemm_quads_pack_right,
    .multiply = multiply,
    .values_bytes = gemm_pairs_right_bytes,
    .pack_values = gemm_quads_pack_values,
    .mix = mix,
};
#endif
