// The int8 recurrent layers, 16 rows of weights at a time, by the dot products of four bytes.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#define TARGET __attribute__((target("dotprod")))
#include "recurrent_loops.h"

enum { kTogether = 2, kLanes = 4, kRegisters = kRowGroup / kLanes };

TARGET static inline __attribute__((always_inline)) void rows_of(
    const int8_t* weights, const int8_t* vectors, size_t depth, int count, int32_t* sums,
    size_t stride) {
  int32x4_t sum[kTogether][kRegisters];
  for (int v = 0; v < count; ++v) {
    for (int i = 0; i < kRegisters; ++i) sum[v][i] = vdupq_n_s32(0);
  }
  for (size_t k = 0; k < depth; k += kDepthGroup, weights += kRowGroup * kDepthGroup) {
    int8x16_t w[kRegisters];
    for (int i = 0; i < kRegisters; ++i) w[i] = vld1q_s8(weights + i * kLanes * kDepthGroup);
    for (int v = 0; v < count; ++v) {
      int32_t packed;
      memcpy(&packed, vectors + v * depth + k, sizeof packed);
      int8x16_t x = vreinterpretq_s8_s32(vdupq_n_s32(packed));
      for (int i = 0; i < kRegisters; ++i) sum[v][i] = vdotq_s32(sum[v][i], w[i], x);
    }
  }
  for (int v = 0; v < count; ++v) {
    for (int i = 0; i < kRegisters; ++i) vst1q_s32(sums + v * stride + i * kLanes, sum[v][i]);
  }
}

#include "recurrent_together.h"

const RecurrentVersion recurrent_dotprod = RECURRENT_VERSION;
#endif
