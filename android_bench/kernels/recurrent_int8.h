// The versions of the int8 recurrent layers, one file an instruction set; all give the same bits.
#ifndef TFLITEKIT_KERNELS_RECURRENT_INT8_H_
#define TFLITEKIT_KERNELS_RECURRENT_INT8_H_

#include <stddef.h>
#include <stdint.h>

enum {
  kRowGroup = 16,          // rows of weights that lie together
  kDepthGroup = 4,         // and consecutive elements of each
  kIntervals = 1024,       // of the table of an activation function
  kTableEntries = kIntervals + 1,
  kMiddle = kIntervals / 2,      // where 0 is
  kPerUnit = kIntervals / 32,    // intervals from 0 to 1
};

// An activation function on [-16, 16].
typedef struct {
  const int16_t* entries;  // [kTableEntries]
  float scale;
} RecurrentTable;

// Weights int8, and how the sum of a row becomes a number: sum * scale + bias.
typedef struct {
  const int8_t* weights;  // [rows / kRowGroup, depth / kDepthGroup, kRowGroup, kDepthGroup]
  const int32_t* sums;    // [rows], of each row of weights
  const float* scales;    // [rows]
  const float* biases;    // [rows]
  size_t rows, depth;     // multiples of the groups; what is filled up is 0
} RecurrentProduct;

// One step. Rows are those of the products: `z` of x's, as numbers already; `high` and `low` are
// the sums of the state's two bytes.
typedef struct {
  const RecurrentTable *activation, *gate;
  const RecurrentProduct* product;  // with the state
  size_t units, positions;
  float* z;                   // [positions, z_rows]; written to
  size_t z_rows;
  const int32_t *high, *low;  // [positions, product's rows]
  float* inner;               // [product's rows]; written to
  float *h, *c;               // [positions, units], the states
} RecurrentStep;

typedef struct {
  // sums[v][row] = what each row of weights gives with vectors[v][depth]
  void (*multiply)(const RecurrentProduct* product, const int8_t* vectors, size_t count,
                   int32_t* sums);
  // z[v][row] = (sums[v][row] - zero * the row's sum) * scale + bias
  void (*scale_x)(const RecurrentProduct* product, const int32_t* sums, size_t count, int32_t zero,
                  float* z);
  void (*lstm)(const RecurrentStep* step);
  void (*simple)(const RecurrentStep* step);
  // The gates of a GRU, in place, and with the reset in it the sum of the candidate.
  void (*gru_gates)(const RecurrentStep* step);
  // The same where the reset comes before: what is to be multiplied stands in its place.
  void (*gru_reset)(const RecurrentStep* step);
  void (*gru_candidate)(const RecurrentStep* step);
  // h from the gates and the sum of the candidate.
  void (*gru_mix)(const RecurrentStep* step);
  // h as 16 bits, 256 * high + low
  void (*split)(const float* h, float steps, int8_t* high, int8_t* low, size_t n);
  // y[i] = h[i] * steps + zero
  void (*round)(const float* h, float steps, int32_t zero, int8_t* y, size_t n);
} RecurrentVersion;

// X(instruction set), the best first.
#if defined(__x86_64__)
#define RECURRENT_VERSIONS(X) X(avx512vnni) X(avx2)
#elif defined(__aarch64__)
#define RECURRENT_VERSIONS(X) X(dotprod) X(neon)
#endif

extern const RecurrentVersion recurrent_scalar;
#define RECURRENT_DECLARE(isa) extern const RecurrentVersion recurrent_##isa;
RECURRENT_VERSIONS(RECURRENT_DECLARE)
#undef RECURRENT_DECLARE

#endif  // TFLITEKIT_KERNELS_RECURRENT_INT8_H_
