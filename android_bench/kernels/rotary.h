// The versions of tflitekit.rotary, one file an instruction set; all give the same bits.
#ifndef TFLITEKIT_KERNELS_ROTARY_H_
#define TFLITEKIT_KERNELS_ROTARY_H_

#include <math.h>
#include <stddef.h>
#include <stdint.h>

// Columns of a row that are made of as many neighbours at two places of the row of x.
typedef struct {
  int32_t length, first, second;
} RotarySegment;

// y[c] = round(((x[a] - x_zero) * one[c] + (x[b] - x_zero) * other[c]) * scale + y_zero).
typedef struct {
  size_t columns, steps, repeat, num_segments;
  const RotarySegment* segments;
  const int16_t *one, *other;  // [steps, columns]; a row of x takes those of (row / repeat) % steps
  int32_t x_zero;
  float scale, y_zero;
} Rotary;

// Rows from `begin` to `end` of x and y, which are apart.
typedef void RotaryFunction(const Rotary* rotary, const int8_t* x, int8_t* y, size_t begin,
                            size_t end);

// X(instruction set), the best first.
#if defined(__x86_64__)
#define ROTARY_VERSIONS(X) X(avx512bw) X(avx2)
#elif defined(__aarch64__)
#define ROTARY_VERSIONS(X) X(neon)
#endif

RotaryFunction rotary_scalar;
#define ROTARY_DECLARE(isa) RotaryFunction rotary_##isa;
ROTARY_VERSIONS(ROTARY_DECLARE)
#undef ROTARY_DECLARE

// What each version compiles with its own instructions: loops that become vectors. The limits come
// before the conversion, which is undefined for what does not fit. Sums stay below 2^24, and so are
// exact as float32.
#define ROTARY_INLINE static inline __attribute__((always_inline))

ROTARY_INLINE void rotary_segment(const Rotary* rotary, const int8_t* restrict a,
                                  const int8_t* restrict b, const int16_t* restrict one,
                                  const int16_t* restrict other, int8_t* restrict y, size_t n) {
  const int32_t zero = rotary->x_zero;
  const float scale = rotary->scale, added = rotary->y_zero;
  for (size_t i = 0; i < n; ++i) {
    int32_t sum = (a[i] - zero) * one[i] + (b[i] - zero) * other[i];
    float value = (float)sum * scale + added;
    value = value < -128.0f ? -128.0f : value;
    value = value > 127.0f ? 127.0f : value;
    y[i] = (int8_t)rintf(value);
  }
}

ROTARY_INLINE void rotary_loops(const Rotary* rotary, const int8_t* x, int8_t* y, size_t begin,
                                size_t end) {
  for (size_t row = begin; row < end; ++row) {
    size_t place = row * rotary->columns;
    size_t weights = row / rotary->repeat % rotary->steps * rotary->columns;
    for (size_t i = 0; i < rotary->num_segments; ++i) {
      RotarySegment segment = rotary->segments[i];
      rotary_segment(rotary, x + row * rotary->columns + segment.first,
                     x + row * rotary->columns + segment.second, rotary->one + weights,
                     rotary->other + weights, y + place, (size_t)segment.length);
      place += (size_t)segment.length;
      weights += (size_t)segment.length;
    }
  }
}

#endif  // TFLITEKIT_KERNELS_ROTARY_H_
