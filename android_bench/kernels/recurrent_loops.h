// The loops of the int8 recurrent layers over units, for the instruction set of the file that
// includes this: TARGET is its attribute. Each element is computed by the same IEEE operations
// whatever the set, so the compiler may take as many at a time as it likes. A file that looks
// several places up at once defines LOOK_UP(table, x, y, n), which tells how many it did.
#include <math.h>
#include <stdint.h>

#include "recurrent_int8.h"

TARGET static void scale_x(const RecurrentProduct* product, const int32_t* restrict sums,
                           size_t count, int32_t zero, float* restrict z) {
  size_t rows = product->rows;
  for (size_t v = 0; v < count; ++v, sums += rows, z += rows) {
    for (size_t j = 0; j < rows; ++j) {
      // A damaged block may hold sums that overflow.
      uint32_t taken = (uint32_t)zero * (uint32_t)product->sums[j];
      float sum = (float)(int32_t)((uint32_t)sums[j] - taken);
      z[j] = sum * product->scales[j] + product->biases[j];
    }
  }
}

TARGET static inline void scale_h(const RecurrentProduct* product, const int32_t* restrict high,
                                  const int32_t* restrict low, float* restrict z) {
  for (size_t j = 0; j < product->rows; ++j) {
    float sum = (float)high[j] * 256.0f + (float)low[j];
    z[j] = sum * product->scales[j] + product->biases[j];
  }
}

// y[i] = f(x[i]): between two entries the line through them, outside the table the first or the
// last line. In place too.
TARGET static inline void activate(const RecurrentTable* table, const float* x, float* y,
                                   size_t n) {
  const int16_t* entries = table->entries;
  float scale = table->scale;
#ifdef LOOK_UP
  size_t i = LOOK_UP(table, x, y, n);
#else
  size_t i = 0;
#endif
  for (; i < n; ++i) {
    float place = x[i] * (float)kPerUnit + (float)kMiddle;
    float inside = place > 0.0f ? place : 0.0f;
    inside = inside < (float)(kIntervals - 1) ? inside : (float)(kIntervals - 1);
    int32_t index = (int32_t)inside;
    float low = (float)entries[index], high = (float)entries[index + 1];
    y[i] = (low + (place - (float)index) * (high - low)) * scale;
  }
}

TARGET static inline void add(const float* restrict x, float* restrict y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = x[i] + y[i];
}

TARGET static inline void multiply_by(const float* restrict x, float* restrict y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = x[i] * y[i];
}

TARGET static inline void mix_cell(const float* restrict in, const float* restrict forget,
                                   const float* restrict candidate, float* restrict c, size_t n) {
  for (size_t i = 0; i < n; ++i) c[i] = forget[i] * c[i] + in[i] * candidate[i];
}

TARGET static void lstm(const RecurrentStep* step) {
  size_t units = step->units, rows = step->product->rows;
  for (size_t p = 0; p < step->positions; ++p) {
    float *z = step->z + p * step->z_rows, *h = step->h + p * units, *c = step->c + p * units;
    scale_h(step->product, step->high + p * rows, step->low + p * rows, step->inner);
    add(step->inner, z, 4 * units);
    activate(step->gate, z, z, 2 * units);
    activate(step->activation, z + 2 * units, z + 2 * units, units);
    activate(step->gate, z + 3 * units, z + 3 * units, units);
    mix_cell(z, z + units, z + 2 * units, c, units);
    activate(step->activation, c, h, units);
    multiply_by(z + 3 * units, h, units);
  }
}

TARGET static void simple(const RecurrentStep* step) {
  scale_h(step->product, step->high, step->low, step->inner);
  add(step->inner, step->z, step->units);
  activate(step->activation, step->z, step->h, step->units);
}

TARGET static inline void both_gates(const RecurrentStep* step) {
  scale_h(step->product, step->high, step->low, step->inner);
  add(step->inner, step->z, 2 * step->units);
  activate(step->gate, step->z, step->z, 2 * step->units);
}

TARGET static void gru_gates(const RecurrentStep* step) {
  size_t units = step->units;
  both_gates(step);
  multiply_by(step->z + units, step->inner + 2 * units, units);
  add(step->inner + 2 * units, step->z + 2 * units, units);
}

TARGET static void gru_reset(const RecurrentStep* step) {
  both_gates(step);
  multiply_by(step->h, step->z + step->units, step->units);
}

TARGET static void gru_candidate(const RecurrentStep* step) {
  scale_h(step->product, step->high, step->low, step->inner);
  add(step->inner, step->z + 2 * step->units, step->units);
}

TARGET static void gru_mix(const RecurrentStep* step) {
  size_t units = step->units;
  float* restrict h = step->h;
  float* restrict update = step->z;
  float* candidate = step->z + 2 * units;
  activate(step->activation, candidate, candidate, units);
  for (size_t i = 0; i < units; ++i) {
    h[i] = update[i] * h[i] + (1.0f - update[i]) * update[2 * units + i];
  }
}

TARGET static inline int32_t rounded(float value, float low, float high) {
  value = value > low ? value : low;
  value = value < high ? value : high;
  return (int32_t)rintf(value);
}

TARGET static void split(const float* restrict h, float steps, int8_t* restrict high,
                         int8_t* restrict low, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    int32_t value = rounded(h[i] * steps, -32512.0f, 32512.0f);
    int32_t upper = (value + 128) >> 8;
    high[i] = (int8_t)upper;
    low[i] = (int8_t)(value - upper * 256);
  }
}

TARGET static void round_all(const float* restrict h, float steps, int32_t zero,
                             int8_t* restrict y, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    y[i] = (int8_t)rounded(h[i] * steps + (float)zero, -128.0f, 127.0f);
  }
}

#define RECURRENT_VERSION                                                                \
  {multiply,      scale_x, lstm,  simple,    gru_gates, gru_reset, gru_candidate, gru_mix, \
   split, round_all}
