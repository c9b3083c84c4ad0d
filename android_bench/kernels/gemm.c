#include "gemm.h"

#include "gemm_pairs.h"
#include "isa.h"

static void mix(const int16_t* weights, size_t weights_stride, const void* values, size_t depth,
                size_t columns, int32_t* sums, size_t stride) {
  size_t pairs = gemm_padded(depth, 2) / 2;
  const int16_t* panel = values;
  for (size_t column = 0; column < columns; column += kGemmPanel) {
    for (size_t i = 0; i < kGemmRows; ++i) {
      const int16_t* row = weights + i * weights_stride;
      int32_t* into = sums + i * stride + column;
      for (size_t j = 0; j < kGemmPanel; ++j) into[j] = 0;
      for (size_t k = 0; k < pairs; ++k) {
        const int16_t* right = panel + k * 2 * kGemmPanel;
        for (size_t j = 0; j < kGemmPanel; ++j) {
          into[j] += row[2 * k] * right[2 * j] + row[2 * k + 1] * right[2 * j + 1];
        }
      }
    }
    panel += pairs * 2 * kGemmPanel;
  }
}

GEMM_OF_PAIRS(gemm_scalar, mix, gemm_pairs_pack_values)

// The best first.
static const struct {
  const char* isa;
  const Gemm* gemm;
} versions[] = {
#define GEMM_VERSION(isa) {#isa, &gemm_##isa},
    GEMM_VERSIONS(GEMM_VERSION)
#undef GEMM_VERSION
};

const Gemm* gemm_choose(void) {
  for (size_t i = 0; i < sizeof versions / sizeof *versions; ++i) {
    if (isa_may_use(versions[i].isa)) return versions[i].gemm;
  }
  return &gemm_scalar;
}
