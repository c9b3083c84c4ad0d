// The loops of tflitekit.fully_connected for the instruction set of the file that includes this:
//
//   TARGET          its attribute
//   kChunk          values that are multiplied by one instruction
//   kOffset         what is added to each x
//   Sum, X, W       what sums and chunks are kept in
//   no_sum()        0
//   x_of(p), w_of(p)                chunks
//   x_part(p, n), w_part(p, n)      chunks of n values, of which the others are worth 0
//   plus(sum, x, w)                 sum + x * w
//   both(a, b)      a + b
//   totals(sums, to)                of kFullyConnectedTogether sums
//
// All is in int32, which may wrap in a damaged file only.
#include <math.h>

#include "fully_connected.h"

#define INLINE TARGET static inline __attribute__((always_inline))
#define UNROLLED _Pragma("clang loop unroll(full)")
#define NOT_UNROLLED _Pragma("clang loop unroll(disable)")

enum { kTogether = kFullyConnectedTogether, kMostRows = 4 };

// The sums of `rows` rows of x with kTogether rows of weights, one of these after the other: memory is
// read fastest from its beginning to its end. `rows` and `parts`, into which a sum is cut so that no
// addition waits for the one before, are constants where this is called.
INLINE void products(const int8_t* x, size_t rows, size_t parts, const int8_t* const* weights,
                     size_t depth, int32_t (*to)[kFullyConnectedTile], size_t place) {
  Sum sums[kMostRows][kTogether];
  // One piece of code loads all rows: prefetchers follow an instruction's own addresses.
  NOT_UNROLLED
  for (size_t r = 0; r < kTogether; ++r) {
    Sum sum[kMostRows][kMostRows];
    UNROLLED
    for (size_t v = 0; v < rows; ++v) {
      UNROLLED
      for (size_t p = 0; p < parts; ++p) sum[v][p] = no_sum();
    }
    size_t k = 0;
    for (; k + parts * kChunk <= depth; k += parts * kChunk) {
      UNROLLED
      for (size_t p = 0; p < parts; ++p) {
        W w = w_of(weights[r] + k + p * kChunk);
        UNROLLED
        for (size_t v = 0; v < rows; ++v) {
          sum[v][p] = plus(sum[v][p], x_of(x + v * depth + k + p * kChunk), w);
        }
      }
    }
    for (; k + kChunk <= depth; k += kChunk) {
      W w = w_of(weights[r] + k);
      UNROLLED
      for (size_t v = 0; v < rows; ++v) sum[v][0] = plus(sum[v][0], x_of(x + v * depth + k), w);
    }
    if (k < depth) {
      W w = w_part(weights[r] + k, depth - k);
      UNROLLED
      for (size_t v = 0; v < rows; ++v) {
        sum[v][0] = plus(sum[v][0], x_part(x + v * depth + k, depth - k), w);
      }
    }
    UNROLLED
    for (size_t v = 0; v < rows; ++v) {
      UNROLLED
      for (size_t p = 1; p < parts; ++p) sum[v][0] = both(sum[v][0], sum[v][p]);
      sums[v][r] = sum[v][0];
    }
  }
  for (size_t v = 0; v < rows; ++v) totals(sums[v], to[v] + place);
}

// The outputs [first, first + count) of one row, from their sums.
TARGET static void finish(const FullyConnected* part, const int32_t* restrict sums, size_t first,
                          size_t count, int8_t* restrict y) {
  const int32_t *biases = part->biases + first, *weights = part->sums + first;
  const float* scales = part->scales + first;
  float zero_point = part->zero_point, low = part->low, high = part->high;
  for (size_t j = 0; j < count; ++j) {
    uint32_t sum = (uint32_t)sums[j] + (uint32_t)biases[j] - kOffset * (uint32_t)weights[j];
    float value = (float)(int32_t)sum * scales[j] + zero_point;
    value = value > low ? value : low;
    value = value < high ? value : high;
    y[j] = (int8_t)rintf(value);
  }
}

// Up to kFullyConnectedTile outputs of up to kMostRows rows.
TARGET static void tile(const FullyConnected* part, size_t row, size_t rows, size_t first,
                        size_t count) {
  int32_t sums[kMostRows][kFullyConnectedTile];
  const int8_t* x = part->x + row * part->depth;
  for (size_t j = 0; j < count; j += kTogether) {
    const int8_t* weights[kTogether];
    for (size_t r = 0; r < kTogether; ++r) {
      // Behind the last row it is taken again, and not used.
      size_t output = j + r < count ? j + r : count - 1;
      weights[r] = part->weights + (first + output) * part->depth;
    }
    switch (rows) {
      case 1: products(x, 1, 4, weights, part->depth, sums, j); break;
      case 2: products(x, 2, 2, weights, part->depth, sums, j); break;
      case 3: products(x, 3, 1, weights, part->depth, sums, j); break;
      default: products(x, kMostRows, 1, weights, part->depth, sums, j);
    }
  }
  for (size_t v = 0; v < rows; ++v) {
    finish(part, sums[v], first, count, part->y + (row + v) * part->stride + first);
  }
}

TARGET static inline void all_tiles(const FullyConnected* part) {
  for (size_t first = 0; first < part->outputs; first += kFullyConnectedTile) {
    size_t left = part->outputs - first;
    size_t count = left < kFullyConnectedTile ? left : kFullyConnectedTile;
    for (size_t row = 0; row < part->rows; row += kMostRows) {
      size_t rows = part->rows - row < kMostRows ? part->rows - row : kMostRows;
      tile(part, row, rows, first, count);
    }
  }
}
