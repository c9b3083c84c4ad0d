// The steps of int8 recurrent layers; tflitekit/kernels/recurrent/reference.py specifies them.
//
// Products are summed in integers: of x as it is, of the state as 256 * high + low, two int8. What
// they mean, the gates and the states are float32, computed by one IEEE operation after the other.
#include <string.h>

#include "parallel.h"
#include "recurrent_layer.h"
#include "scratch.h"

enum { kChunk = 64 };  // vectors of x that are multiplied together

// Working memory of one sequence.
typedef struct {
  float* states[kMostStates];   // [positions, units]
  float* z;                     // [kChunk or positions, rows of x]
  float* inner;                 // [rows of h], then [rows of the candidate]
  int32_t* sums;                // as z
  int32_t* inner_sums;          // [2 positions, rows of h]
  int8_t* windows;              // [kChunk or positions, depth of x]
  int8_t* inner_windows;        // [2 positions, depth of h]
  int8_t *high, *low;           // [positions, units]
  int32_t *x_sources, *h_sources;
} Memory;

// How many of the next elements of a window lie side by side, or are padding.
static int32_t side_by_side(const int32_t* sources, int32_t taps) {
  int32_t step = sources[0] < 0 ? 0 : 1, count = 1;
  while (count < taps && sources[count] == sources[count - 1] + step) ++count;
  return count;
}

// Most copies are of a few dozen bytes, for which a call takes longer than the copying.
static inline void copy(int8_t* to, const int8_t* from, size_t bytes) {
  enum { kTogether = 16 };
  size_t i = 0;
  for (; i + kTogether <= bytes; i += kTogether) memcpy(to + i, from + i, kTogether);
  for (; i < bytes; ++i) to[i] = from[i];
}

// The windows of a feature map [places, channels], each filled up to `depth`.
static void gather(const int32_t* sources, int32_t taps, int32_t positions, const int8_t* map,
                   int32_t channels, int8_t padding, size_t depth, int8_t* to) {
  for (int32_t position = 0; position < positions; ++position, to += depth, sources += taps) {
    int8_t* place = to;
    for (int32_t tap = 0, count; tap < taps; tap += count) {
      count = side_by_side(sources + tap, taps - tap);
      size_t bytes = (size_t)count * channels;
      if (sources[tap] < 0) {
        memset(place, padding, bytes);
      } else {
        copy(place, map + (size_t)sources[tap] * channels, bytes);
      }
      place += bytes;
    }
    memset(place, 0, depth - (size_t)(place - to));
  }
}

typedef struct {
  const RecurrentVersion* version;
  const RecurrentProduct* product;
  const int8_t* vectors;
  int32_t* sums;
} Multiplication;

static void multiply_part(const void* context, size_t begin, size_t end) {
  const Multiplication* it = context;
  it->version->multiply(it->product, it->vectors + begin * it->product->depth, end - begin,
                        it->sums + begin * it->product->rows);
}

static void multiply(const RecurrentInt8Layer* it, const RecurrentProduct* product,
                     const int8_t* vectors, size_t count, int32_t* sums) {
  enum { kWorthwhile = 1 << 20 };  // products, some 20 us
  size_t least = kWorthwhile / (product->rows * product->depth + 1) + 1;
  Multiplication all = {it->version, product, vectors, sums};
  parallel_for(multiply_part, &all, count, least + least % 2);
}

// The products with x of the steps from `begin` to `end`, for all positions.
static void multiply_x(const RecurrentInt8Layer* it, const int8_t* x, int32_t begin, int32_t end,
                       const Memory* memory) {
  const RecurrentLayer* layer = &it->layer;
  const RecurrentProduct* product = &it->products[0];
  size_t image = recurrent_places(&layer->x) * layer->channels, vectors = 0;
  for (int32_t s = begin; s < end; ++s, vectors += layer->positions) {
    gather(memory->x_sources, recurrent_taps(&layer->x), layer->positions,
           x + recurrent_time(layer, s) * image, layer->channels, (int8_t)it->header.x_zero,
           product->depth, memory->windows + vectors * product->depth);
  }
  multiply(it, product, memory->windows, vectors, memory->sums);
  it->version->scale_x(product, memory->sums, vectors, it->header.x_zero, memory->z);
}

// The products with a state of all positions.
static void multiply_h(const RecurrentInt8Layer* it, const RecurrentProduct* product,
                       const float* state, const Memory* memory) {
  const RecurrentLayer* layer = &it->layer;
  size_t map = (size_t)layer->positions * layer->units;
  int8_t* low = memory->inner_windows + (size_t)layer->positions * product->depth;
  it->version->split(state, it->header.h_steps, memory->high, memory->low, map);
  int32_t taps = recurrent_taps(&layer->h);
  gather(memory->h_sources, taps, layer->positions, memory->high, layer->units, 0, product->depth,
         memory->inner_windows);
  gather(memory->h_sources, taps, layer->positions, memory->low, layer->units, 0, product->depth,
         low);
  multiply(it, product, memory->inner_windows, 2 * (size_t)layer->positions, memory->inner_sums);
}

static void gru(const RecurrentInt8Layer* it, const Memory* memory, RecurrentStep* step) {
  if (it->layer.reset_after) {
    it->version->gru_gates(step);
  } else {
    it->version->gru_reset(step);
    step->product = &it->products[2];
    multiply_h(it, step->product, step->z + step->units, memory);
    step->low = step->high + step->product->rows;
    it->version->gru_candidate(step);
  }
  it->version->gru_mix(step);
}

// One step; `z` holds its products with x.
static void step(const RecurrentInt8Layer* it, const Memory* memory, float* z) {
  const RecurrentLayer* layer = &it->layer;
  const RecurrentProduct* product = &it->products[1];
  RecurrentStep step = {
      .activation = &it->activation,
      .gate = &it->recurrent_activation,
      .product = product,
      .units = (size_t)layer->units,
      .positions = (size_t)layer->positions,
      .z = z,
      .z_rows = it->products[0].rows,
      .high = memory->inner_sums,
      .low = memory->inner_sums + (size_t)layer->positions * product->rows,
      .inner = memory->inner,
      .h = memory->states[0],
      .c = memory->states[1],
  };
  multiply_h(it, product, memory->states[0], memory);
  switch (layer->kind->cell) {
    case kCellLstm:
      it->version->lstm(&step);
      break;
    case kCellGru:
      gru(it, memory, &step);
      break;
    case kCellSimple:
      it->version->simple(&step);
      break;
  }
}

static void first_states(const RecurrentInt8Layer* it, int32_t b, const Memory* memory) {
  size_t map = (size_t)it->layer.positions * it->layer.units;
  for (int i = 0; i < it->layer.kind->states; ++i) {
    for (size_t k = 0; k < map; ++k) {
      int32_t steps = it->first[i][b * map + k] - it->header.first_zeros[i];
      memory->states[i][k] = (float)steps * it->header.first_scales[i];
    }
  }
}

static void one_sequence(const RecurrentInt8Layer* it, int32_t b, const Memory* memory) {
  const RecurrentLayer* layer = &it->layer;
  size_t map = (size_t)layer->positions * layer->units;
  size_t image = recurrent_places(&layer->x) * layer->channels;
  const int8_t* x = it->x + (size_t)b * layer->steps * image;
  int32_t chunk = layer->positions < kChunk ? kChunk / layer->positions : 1;
  int32_t multiplied = 0;
  first_states(it, b, memory);
  for (int32_t s = 0; s < layer->steps; ++s) {
    int8_t* y = it->sequence + ((size_t)b * layer->steps + s) * map;
    if (s == multiplied) {
      multiplied = layer->steps - s < chunk ? layer->steps : s + chunk;
      multiply_x(it, x, s, multiplied, memory);
    }
    size_t time = (size_t)b * layer->steps + recurrent_time(layer, s);
    if (layer->mask == NULL || layer->mask[time]) {
      step(it, memory, memory->z + (size_t)(s % chunk) * layer->positions * it->products[0].rows);
      it->version->round(memory->states[0], it->header.y_steps, it->header.y_zero, y, map);
    } else if (s > 0 && !layer->zero_masked) {
      memcpy(y, y - map, map);
    } else {
      memset(y, it->header.y_zero, map);
    }
  }
  for (int i = 0; i < layer->kind->states && it->last[i] != NULL; ++i) {
    it->version->round(memory->states[i], it->header.last_steps[i], it->header.last_zeros[i],
                       it->last[i] + b * map, map);
  }
}

static Memory memory_of(const RecurrentInt8Layer* it, RecurrentParts* parts) {
  const RecurrentProduct* products = it->products;
  size_t units = (size_t)it->layer.units, positions = (size_t)it->layer.positions;
  size_t vectors = positions < kChunk ? kChunk : positions;
  Memory memory = {0};
  for (int i = 0; i < kMostStates; ++i) {
    memory.states[i] = recurrent_part(parts, positions * units, sizeof(float));
  }
  memory.z = recurrent_part(parts, vectors * products[0].rows, sizeof(float));
  memory.sums = recurrent_part(parts, vectors * products[0].rows, sizeof(int32_t));
  memory.windows = recurrent_part(parts, vectors * products[0].depth, 1);
  memory.inner = recurrent_part(parts, products[1].rows + products[2].rows, sizeof(float));
  memory.inner_sums =
      recurrent_part(parts, 2 * positions * (products[1].rows + products[2].rows), sizeof(int32_t));
  memory.inner_windows = recurrent_part(parts, 2 * positions * products[1].depth, 1);
  memory.high = recurrent_part(parts, positions * units, 1);
  memory.low = recurrent_part(parts, positions * units, 1);
  size_t taps = (size_t)recurrent_taps(&it->layer.x);
  memory.x_sources = recurrent_part(parts, positions * taps, sizeof(int32_t));
  memory.h_sources = recurrent_part(parts, positions * taps, sizeof(int32_t));
  return memory;
}

const char* recurrent_compute(const RecurrentInt8Layer* it) {
  RecurrentParts parts = {0};
  memory_of(it, &parts);
  parts = (RecurrentParts){scratch(parts.used), 0};
  if (parts.memory == NULL) return "there is no memory";
  Memory memory = memory_of(it, &parts);
  recurrent_sources(&it->layer.x, it->layer.positions, memory.x_sources);
  recurrent_sources(&it->layer.h, it->layer.positions, memory.h_sources);
  for (int32_t b = 0; b < it->layer.batch; ++b) one_sequence(it, b, &memory);
  return NULL;
}
