// 64 elements at a time; what a divisor stands for is looked up in registers.
#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vbmi")))
#define VERSION arithmetic_avx512vbmi
#define TABLES

#include "arithmetic_avx512.h"

enum { kQuarters = 4 };

// One byte of each of the 256 entries of a table.
typedef struct {
  __m512i quarters[kQuarters];
} Plane;

// The lower and the upper bytes.
typedef struct {
  Plane factors[2], units[2];
} Tables;

TARGET static void part(const int16_t* table, Plane planes[2]) {
  for (int i = 0; i < kQuarters; ++i) {
    __m512i low = _mm512_loadu_si512(table + 64 * i);
    __m512i high = _mm512_loadu_si512(table + 64 * i + 32);
    for (int byte = 0; byte < 2; ++byte) {
      __m256i first = _mm512_cvtepi16_epi8(low), second = _mm512_cvtepi16_epi8(high);
      planes[byte].quarters[i] = _mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1);
      low = _mm512_srli_epi16(low, 8), high = _mm512_srli_epi16(high, 8);
    }
  }
}

INLINE Bytes look_up(const Plane* plane, Bytes place) {
  const __m512i* quarters = plane->quarters;
  Bytes low = _mm512_permutex2var_epi8(quarters[0], place, quarters[1]);
  Bytes high = _mm512_permutex2var_epi8(quarters[2], place, quarters[3]);
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(place), low, high);
}

INLINE void look_up_words(const Plane planes[2], Bytes x, Words halves[2]) {
  Bytes place = _mm512_xor_si512(x, fill(INT8_MIN));
  Bytes lower = look_up(&planes[0], place), upper = look_up(&planes[1], place);
  halves[0] = _mm512_unpacklo_epi8(lower, upper);
  halves[1] = _mm512_unpackhi_epi8(lower, upper);
}

TARGET static Tables tables_of(const Arithmetic* parameters) {
  Tables found;
  part(parameters->factors, found.factors);
  part(parameters->units, found.units);
  return found;
}

#include "arithmetic_vectors.h"
#endif
