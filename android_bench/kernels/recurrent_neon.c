// The int8 recurrent layers, 2 rows of weights at a time: products of 16 bits, summed by pairs.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#define TARGET
#include "recurrent_loops.h"

enum { kPair = 2, kPairs = kRowGroup / kPair };

static void multiply(const RecurrentProduct* product, const int8_t* vectors, size_t count,
                     int32_t* sums) {
  size_t depth = product->depth;
  for (size_t v = 0; v < count; ++v, vectors += depth, sums += product->rows) {
    const int8_t* weights = product->weights;
    for (size_t row = 0; row < product->rows; row += kRowGroup) {
      int32x4_t sum[kPairs];
      for (int i = 0; i < kPairs; ++i) sum[i] = vdupq_n_s32(0);
      for (size_t k = 0; k < depth; k += kDepthGroup) {
        int32_t packed;
        memcpy(&packed, vectors + k, sizeof packed);
        int8x8_t x = vreinterpret_s8_s32(vdup_n_s32(packed));
        for (int i = 0; i < kPairs; ++i, weights += kPair * kDepthGroup) {
          sum[i] = vpadalq_s16(sum[i], vmull_s8(vld1_s8(weights), x));
        }
      }
      for (int i = 0; i < kPairs; i += 2) {
        vst1q_s32(sums + row + i * kPair, vpaddq_s32(sum[i], sum[i + 1]));
      }
    }
  }
}

const RecurrentVersion recurrent_neon = RECURRENT_VERSION;
#endif
