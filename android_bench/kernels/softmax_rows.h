// Rows of a softmax in integers, for tflitekit.softmax and tflitekit.attention:
// tflitekit/kernels/logits/exponential.py is the specification.
#ifndef TFLITEKIT_KERNELS_SOFTMAX_ROWS_H_
#define TFLITEKIT_KERNELS_SOFTMAX_ROWS_H_

#include <math.h>
#include <stddef.h>
#include <stdint.h>

enum {
  kExpParts = 64,                  // entries of the table: parts of an octave
  kExpCut = kExpParts * (15 + 2),  // parts below the largest logit from which on a weight is 0
  kExpSteps = 256,                 // steps of an int8 logit
  kSoftmaxUnit = 16                // weights are written in multiples of it
};

#define SOFTMAX_LEAST (-1e30f)  // a masked logit

// What weights are made of. Logits are steps times a scale, in parts of an octave.
typedef struct {
  const uint16_t* table;     // [kExpParts]
  uint32_t wide[kExpParts];  // the same
  float scale;               // above 0
  int shift;                 // bits that a weight has less than 15
  // Where logits are int8 and nothing is added: the weight of each number of steps below the
  // largest, its low and its high byte [kExpSteps], and both.
  const uint8_t *low, *high;
  uint32_t by_step[kExpSteps];
} SoftmaxScale;

static inline void softmax_scale(SoftmaxScale* made, const uint16_t* table, float scale, int shift) {
  made->table = table;
  made->scale = scale;
  made->shift = shift;
  for (int i = 0; i < kExpParts; ++i) made->wide[i] = table[i];
}

static inline void softmax_scale_of_int8(SoftmaxScale* made, const uint16_t* table, float scale,
                                         const uint8_t* low, const uint8_t* high) {
  softmax_scale(made, table, scale, 0);
  made->low = low;
  made->high = high;
  for (int i = 0; i < kExpSteps; ++i) made->by_step[i] = low[i] | (uint32_t)high[i] << 8;
}

// 256 / sum = factor / 2^(15 - exponent), rounded.
typedef struct {
  int16_t factor;
  int exponent;
} SoftmaxReciprocal;

// Of a sum of weights, which is at least 2^14.
static inline SoftmaxReciprocal softmax_reciprocal(int32_t sum) {
  int exponent = 31 - __builtin_clz((uint32_t)sum) - 8;
  int64_t factor = (((int64_t)1 << (exponent + 23)) + sum / 2) / sum;
  SoftmaxReciprocal found = {(int16_t)(factor < INT16_MAX ? factor : INT16_MAX), exponent};
  return found;
}

static inline int8_t softmax_quotient(int16_t weight, SoftmaxReciprocal sum) {
  int32_t scaled = (weight * sum.factor + (1 << 14)) >> 15;
  int32_t steps = (scaled + (1 << (sum.exponent - 1))) >> sum.exponent;
  return (int8_t)((steps < 255 ? steps : 255) - 128);
}

// What changes the logits of a row; of both, one at most is there.
typedef struct {
  const uint8_t* kept;   // 0 where a logit is masked
  const float* numbers;  // what is added, in parts of an octave
} SoftmaxAdded;

typedef struct {
  int32_t sum;   // of the weights, at least 1
  int is_empty;  // whether all of the row is masked; its weights are then all alike
} SoftmaxSum;

typedef struct {
  // Weights of a row of n logits. Those up to the next multiple of 16 are set, to 0, so that there
  // must be room for them.
  SoftmaxSum (*weigh)(const int32_t* steps, SoftmaxAdded added, size_t n, const SoftmaxScale* scale,
                      int16_t* weights);
  // The same for steps of int8.
  SoftmaxSum (*weigh_int8)(const int8_t* steps, SoftmaxAdded added, size_t n,
                           const SoftmaxScale* scale, int16_t* weights);
  // y[i] = 256 * weights[i] / sum - 128, with the sum as softmax_reciprocal gives it.
  void (*divide)(const int16_t* weights, size_t n, SoftmaxReciprocal sum, int8_t* y);
} SoftmaxRows;

// The best version that may be used.
const SoftmaxRows* softmax_rows_choose(void);

// X(instruction set), the best first.
#if defined(__x86_64__)
#define SOFTMAX_ROWS_VERSIONS(X) X(avx512vbmi) X(avx512bw) X(avx2)
#elif defined(__aarch64__)
#define SOFTMAX_ROWS_VERSIONS(X) X(neon)
#endif

extern const SoftmaxRows softmax_rows_scalar;
#define SOFTMAX_ROWS_DECLARE(isa) extern const SoftmaxRows softmax_rows_##isa;
SOFTMAX_ROWS_VERSIONS(SOFTMAX_ROWS_DECLARE)
#undef SOFTMAX_ROWS_DECLARE

// The weight of an element this much below the largest.
static inline int16_t softmax_weight(float below, const SoftmaxScale* scale) {
  int32_t parts = (int32_t)rintf(below < (float)kExpCut ? below : (float)kExpCut);
  uint32_t doubled = scale->wide[parts % kExpParts] >> (parts / kExpParts + scale->shift);
  return (int16_t)((doubled + 1) >> 1);
}

// A logit with a number added to it.
static inline float softmax_logit(int32_t steps, float number, float scale) {
  float logit = (float)steps * scale + number;
  return logit > SOFTMAX_LEAST ? logit : SOFTMAX_LEAST;
}

// Of a row of which all is masked.
static inline SoftmaxSum softmax_uniform(size_t n, uint32_t weight, int16_t* weights) {
  for (size_t i = 0; i < n; ++i) weights[i] = (int16_t)weight;
  for (size_t i = n; i % kSoftmaxUnit != 0; ++i) weights[i] = 0;
  SoftmaxSum result = {(int32_t)(n * weight), 1};
  return result;
}

#endif  // TFLITEKIT_KERNELS_SOFTMAX_ROWS_H_
