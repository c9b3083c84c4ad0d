// Products of int8 matrices that are computed, with int32 sums: what attention and matrix products
// are made of.
//
// Operands are packed first, each version in its own way, with their zero points taken care of; then
// tiles of rows are multiplied. The sums are exact, so all versions give the same.
#ifndef TFLITEKIT_KERNELS_GEMM_H_
#define TFLITEKIT_KERNELS_GEMM_H_

#include <stddef.h>
#include <stdint.h>

enum {
  kGemmRows = 6,    // rows that are multiplied at once
  kGemmPanel = 16,  // columns are packed, and sums written, in multiples of it
};

// A matrix in a tensor: element [i, j] is at data[i * row + j * column].
typedef struct {
  const int8_t* data;
  ptrdiff_t row, column;
  size_t rows, columns;
  int32_t zero_point;
} GemmMatrix;

typedef struct {
  // Bytes of kGemmRows packed rows of a left operand, and of a right operand; multiples of 64.
  size_t (*left_bytes)(size_t depth);
  size_t (*right_bytes)(size_t depth, size_t columns);

  // Packs rows [first, first + kGemmRows) of a left operand; those that are not there count as
  // anything. `right_zero_point` is that of the right operand.
  void (*pack_left)(const GemmMatrix* left, size_t first, int32_t right_zero_point, void* packed);
  void (*pack_right)(const GemmMatrix* right, int32_t left_zero_point, void* packed);

  // sums[i * stride + j] = sum over k of (left[i, k] - zero point) * (right[k, j] - zero point), for
  // kGemmRows rows and the columns rounded up to kGemmPanel.
  void (*multiply)(const void* left, const void* right, size_t depth, size_t columns, int32_t* sums,
                   size_t stride);

  // The same for a left operand of weights, [kGemmRows, stride] numbers of 14 bits, of which as many
  // as the depth rounded up to kGemmPanel are there, zeros behind the depth.
  size_t (*values_bytes)(size_t depth, size_t columns);
  void (*pack_values)(const GemmMatrix* values, void* packed);
  void (*mix)(const int16_t* weights, size_t weights_stride, const void* values, size_t depth,
              size_t columns, int32_t* sums, size_t stride);
} Gemm;

// The best version that may be used.
const Gemm* gemm_choose(void);

// X(instruction set), the best first.
#if defined(__x86_64__)
#define GEMM_VERSIONS(X) X(avx512vnni) X(avx2)
#elif defined(__aarch64__)
#define GEMM_VERSIONS(X) X(i8mm) X(dotprod) X(neon)
#endif

extern const Gemm gemm_scalar;
#define GEMM_DECLARE(isa) extern const Gemm gemm_##isa;
GEMM_VERSIONS(GEMM_DECLARE)
#undef GEMM_DECLARE

static inline size_t gemm_padded(size_t count, size_t multiple) {
  return (count + multiple - 1) / multiple * multiple;
}

#endif  // TFLITEKIT_KERNELS_GEMM_H_
