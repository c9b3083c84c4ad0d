// Recurrent layers on float32, for calibration and comparison.
#include <math.h>
#include <string.h>

#include "element.h"
#include "float_product.h"
#include "recurrent.h"
#include "scratch.h"

// The order of tflitekit/kernels/recurrent/attributes.py.
typedef struct {
  int32_t activation, recurrent_activation, go_backwards, zero_masked, reset_after, same;
  int32_t stride[kSpatial], dilation[kSpatial];
} Attributes;

typedef struct {
  RecurrentLayer layer;
  const float *x, *kernel, *recurrent, *bias;
  const float* first[kMostStates];
  Attributes attributes;
  float* sequence;
  float* last[kMostStates];  // NULL where they are not asked for
} FloatLayer;

typedef struct {
  float* states[kMostStates];  // [positions, units]
  float* sums;                 // [positions, rows]
  float* inner;                // the same, of a GRU's state
  float* candidate;            // [2 units], of a GRU
  int32_t *x_sources, *h_sources;
} Memory;

// In double, so that the rounding to float hides what C libraries differ in. The order is that of
// tflitekit/kernels/recurrent/activations.py.
enum { kLinear, kSigmoid, kTanh, kRelu, kRelu6, kHardSigmoid, kHardTanh, kElu, kActivations };

static double clipped(double x, double low, double high) {
  return x < low ? low : x > high ? high : x;
}

static float activated(int32_t activation, float value) {
  double x = value;
  switch (activation) {
    case kSigmoid:
      return (float)(1 / (1 + exp(-x)));
    case kTanh:  // faster than tanh, and as good for a float
      return (float)(1 - 2 / (1 + exp(2 * x)));
    case kRelu:
      return (float)(x > 0 ? x : 0);
    case kRelu6:
      return (float)clipped(x, 0, 6);
    case kHardSigmoid:
      return (float)clipped(x / 6 + 0.5, 0, 1);
    case kHardTanh:
      return (float)clipped(x, -1, 1);
    case kElu:
      return (float)(x > 0 ? x : expm1(x));
    default:
      return value;
  }
}

static void fill(float* sums, const float* bias, int32_t positions, int32_t rows) {
  for (int32_t position = 0; position < positions; ++position) {
    memcpy(sums + (size_t)position * rows, bias, (size_t)rows * sizeof *sums);
  }
}

static void lstm(const FloatLayer* it, const float* z, float* h, float* c) {
  int32_t units = it->layer.units;
  int32_t gate = it->attributes.recurrent_activation, value = it->attributes.activation;
  for (int32_t u = 0; u < units; ++u) {
    float in = activated(gate, z[u]), forget = activated(gate, z[units + u]);
    float candidate = activated(value, z[2 * units + u]);
    float out = activated(gate, z[3 * units + u]);
    c[u] = forget * c[u] + in * candidate;
    h[u] = out * activated(value, c[u]);
  }
}

// `inner` holds the products with the state; of the candidate only where the reset comes after.
static void gru(const FloatLayer* it, const Memory* memory, float* h) {
  const float *z = memory->sums, *inner = memory->inner;
  float* candidate = memory->candidate;
  int32_t units = it->layer.units, rows = 3 * units;
  int32_t gate = it->attributes.recurrent_activation;
  float* reset = candidate + units;
  for (int32_t u = 0; u < units; ++u) {
    reset[u] = activated(gate, z[units + u] + inner[units + u]);
    candidate[u] = z[2 * units + u];
    if (it->attributes.reset_after) candidate[u] += reset[u] * inner[2 * units + u];
  }
  for (int32_t k = 0; k < units && !it->attributes.reset_after; ++k) {
    const float* row = it->recurrent + (size_t)k * rows + 2 * units;
    for (int32_t u = 0; u < units; ++u) candidate[u] += reset[k] * h[k] * row[u];
  }
  for (int32_t u = 0; u < units; ++u) {
    float update = activated(gate, z[u] + inner[u]);
    h[u] = update * h[u] + (1 - update) * activated(it->attributes.activation, candidate[u]);
  }
}

// One step of all positions.
static void step(const FloatLayer* it, const float* x, const Memory* memory) {
  const RecurrentLayer* layer = &it->layer;
  int32_t units = layer->units, rows = layer->kind->gates * units;
  int32_t positions = layer->positions, taps = recurrent_taps(&layer->x);
  float *sums = memory->sums, *from_h = layer->kind->cell == kCellGru ? memory->inner : sums;
  fill(sums, it->bias, positions, rows);
  if (from_h != sums) fill(from_h, it->bias + rows, positions, rows);
  float_product_add(memory->x_sources, taps, positions, x, layer->channels, it->kernel, rows, sums);
  float_product_add(memory->h_sources, taps, positions, memory->states[0], units, it->recurrent, rows,
              from_h);
  for (int32_t position = 0; position < positions; ++position) {
    const float* z = sums + (size_t)position * rows;
    float* h = memory->states[0] + (size_t)position * units;
    if (layer->kind->cell == kCellLstm) {
      lstm(it, z, h, memory->states[1] + (size_t)position * units);
    } else if (layer->kind->cell == kCellGru) {
      gru(it, memory, h);
    } else {
      for (int32_t u = 0; u < units; ++u) h[u] = activated(it->attributes.activation, z[u]);
    }
  }
}

static Memory memory_of(const RecurrentLayer* layer, RecurrentParts* parts) {
  size_t positions = (size_t)layer->positions, units = (size_t)layer->units;
  size_t rows = (size_t)layer->kind->gates * units, taps = (size_t)recurrent_taps(&layer->x);
  Memory memory = {0};
  for (int i = 0; i < kMostStates; ++i) {
    memory.states[i] = recurrent_part(parts, positions * units, sizeof(float));
  }
  memory.sums = recurrent_part(parts, positions * rows, sizeof(float));
  memory.inner = recurrent_part(parts, positions * rows, sizeof(float));
  memory.candidate = recurrent_part(parts, 2 * units, sizeof(float));
  memory.x_sources = recurrent_part(parts, positions * taps, sizeof(int32_t));
  memory.h_sources = recurrent_part(parts, positions * taps, sizeof(int32_t));
  return memory;
}

static void one_sequence(const FloatLayer* it, int32_t b, const Memory* memory) {
  const RecurrentLayer* layer = &it->layer;
  size_t map = (size_t)layer->positions * layer->units, bytes = map * sizeof(float);
  size_t image = (size_t)layer->x.in[0] * layer->x.in[1] * layer->x.in[2] * layer->channels;
  int states = layer->kind->states;
  for (int i = 0; i < states; ++i) memcpy(memory->states[i], it->first[i] + b * map, bytes);
  for (int32_t s = 0; s < layer->steps; ++s) {
    size_t time = (size_t)b * layer->steps + recurrent_time(layer, s);
    float* y = it->sequence + ((size_t)b * layer->steps + s) * map;
    if (layer->mask == NULL || layer->mask[time]) {
      step(it, it->x + time * image, memory);
      memcpy(y, memory->states[0], bytes);
    } else if (s > 0 && !layer->zero_masked) {
      memcpy(y, y - map, bytes);
    } else {
      memset(y, 0, bytes);
    }
  }
  for (int i = 0; i < states && it->last[i] != NULL; ++i) {
    memcpy(it->last[i] + b * map, memory->states[i], bytes);
  }
}

static const char* compute(const FloatLayer* it) {
  const RecurrentLayer* layer = &it->layer;
  RecurrentParts parts = {0};
  memory_of(layer, &parts);
  parts = (RecurrentParts){scratch(parts.used), 0};
  if (parts.memory == NULL) return "there is no memory";
  Memory memory = memory_of(layer, &parts);
  recurrent_sources(&layer->x, layer->positions, memory.x_sources);
  recurrent_sources(&layer->h, layer->positions, memory.h_sources);
  for (int32_t b = 0; b < layer->batch; ++b) one_sequence(it, b, &memory);
  return NULL;
}

static int is_float(const KernelTensor* tensor, size_t elements) {
  return tensor->element_type == kElement_float32 && tensor->bytes == elements * sizeof(float);
}

static const char* check_window(FloatLayer* it, const KernelShape* kernel) {
  int32_t window[kSpatial] = {1, 1, 1};
  int spatial = kernel->rank - 2;
  for (int axis = 0; axis < spatial; ++axis) {
    window[kSpatial - spatial + axis] = kernel->dimensions[axis];
  }
  return recurrent_windows(&it->layer, window, it->attributes.stride, it->attributes.dilation,
                           it->attributes.same);
}

static const char* check(FloatLayer* it, size_t num_inputs, const KernelTensor* inputs,
                         size_t num_outputs, KernelTensor* outputs) {
  const RecurrentKind* kind = it->layer.kind;
  size_t states = (size_t)kind->states;
  const KernelTensor* constants = inputs + 1 + states;
  if (num_inputs != states + 5 && num_inputs != states + 6) return "inputs are missing";
  if (constants[0].shape.rank != inputs[0].shape.rank - 1) return "the kernel has another rank";
  if (constants[3].element_type != kElement_int32 || constants[3].bytes < sizeof it->attributes) {
    return "the attributes are truncated";
  }
  memcpy(&it->attributes, constants[3].data, sizeof it->attributes);
  const char* reason = check_window(it, &constants[0].shape);
  if (reason) return reason;
  RecurrentLayer* layer = &it->layer;
  layer->go_backwards = it->attributes.go_backwards;
  layer->zero_masked = it->attributes.zero_masked;
  size_t rows = (size_t)kind->gates * layer->units, taps = (size_t)recurrent_taps(&layer->x);
  size_t map = (size_t)layer->batch * layer->positions * layer->units;
  if (!is_float(&constants[0], taps * layer->channels * rows) ||
      !is_float(&constants[1], taps * layer->units * rows) ||
      !is_float(&constants[2], (kind->cell == kCellGru ? 2 : 1) * rows)) {
    return "the weights do not fit the shapes";
  }
  for (size_t i = 0; i < states; ++i) {
    if (!is_float(&inputs[1 + i], map)) return "a state must be float32 [batch, ..., units]";
    it->first[i] = inputs[1 + i].data;
  }
  size_t places = (size_t)layer->x.in[0] * layer->x.in[1] * layer->x.in[2];
  size_t images = (size_t)layer->batch * layer->steps * places;
  if (!is_float(&inputs[0], images * layer->channels)) return "x has other sizes than its shape";
  if (!is_float(&outputs[0], map * layer->steps)) {
    return "the sequence must be float32 [batch, steps, ..., units]";
  }
  for (size_t i = 1; i < num_outputs; ++i) {
    if (!is_float(&outputs[i], map)) return "a state must be float32 [batch, ..., units]";
    it->last[i - 1] = outputs[i].data;
  }
  if (num_inputs == states + 6) {
    const KernelTensor* mask = &inputs[num_inputs - 1];
    if (mask->element_type != kElement_bool ||
        mask->bytes != (size_t)layer->batch * layer->steps) {
      return "the mask must be bool [batch, steps]";
    }
    layer->mask = inputs[num_inputs - 1].data;
  }
  it->x = inputs[0].data;
  it->kernel = constants[0].data;
  it->recurrent = constants[1].data;
  it->bias = constants[2].data;
  it->sequence = outputs[0].data;
  return NULL;
}

const char* recurrent_run_float(const RecurrentKind* kind, size_t num_inputs,
                                const KernelTensor* inputs, size_t num_outputs,
                                KernelTensor* outputs) {
  FloatLayer it = {0};
  const char* reason = recurrent_shapes(kind, &inputs[0].shape, &inputs[1].shape, &it.layer);
  if (!reason) reason = check(&it, num_inputs, inputs, num_outputs, outputs);
  return reason ? reason : compute(&it);
}
