// tflitekit.lstm, tflitekit.gru, tflitekit.simple_rnn, tflitekit.conv_lstm.
//
// In float: x [batch, steps, (spatial,) channels], the first states [batch, (spatial,) units], the
// kernel [(window,) channels, rows], the recurrent kernel [(window,) units, rows], where rows are
// gates x units, the bias [rows], of a GRU [2, rows], the attributes int32 [12] and, where steps
// are masked, bool [batch, steps]. In int8: x, the first states, the mask, the block. Outputs: the
// sequence [batch, steps, (spatial,) units], then none of the last states or all.
#include "recurrent.h"

#include "element.h"

static const char* const kShapes = "x and the first states do not fit together";

static int has_sizes(const KernelShape* shape) {
  for (int axis = 0; axis < shape->rank; ++axis) {
    if (shape->dimensions[axis] < 0) return 0;
  }
  return 1;
}

static int is_state_of(const KernelShape* x, const KernelShape* state) {
  return has_sizes(x) && has_sizes(state) && state->rank == x->rank - 1 &&
         state->dimensions[0] == x->dimensions[0];
}

const char* recurrent_shapes(const RecurrentKind* kind, const KernelShape* x,
                             const KernelShape* state, RecurrentLayer* layer) {
  int spatial = x->rank - 3;
  if (spatial < 0 || spatial > kSpatial || (spatial > 0) != kind->is_convolution) return kShapes;
  if (!is_state_of(x, state)) return kShapes;
  *layer = (RecurrentLayer){.kind = kind, .batch = x->dimensions[0], .steps = x->dimensions[1]};
  layer->channels = x->dimensions[x->rank - 1];
  layer->units = state->dimensions[state->rank - 1];
  int64_t positions = 1;
  for (int axis = 0; axis < kSpatial; ++axis) {
    int from = axis - (kSpatial - spatial);
    layer->x.in[axis] = from < 0 ? 1 : x->dimensions[2 + from];
    layer->x.out[axis] = from < 0 ? 1 : state->dimensions[1 + from];
    positions *= layer->x.out[axis];
    if (positions > INT32_MAX) return kShapes;
  }
  int64_t area = (int64_t)layer->x.in[0] * layer->x.in[1];
  if (area > INT32_MAX || area * layer->x.in[2] > INT32_MAX) return kShapes;
  layer->positions = (int32_t)positions;
  return NULL;
}

// Padding before the first element; -1 where the sizes do not fit.
static int32_t padding(const Windows* windows, int axis, int same) {
  int64_t in = windows->in[axis], out = windows->out[axis], stride = windows->stride[axis];
  int64_t reach = (int64_t)(windows->window[axis] - 1) * windows->dilation[axis] + 1;
  int64_t free = same ? in : in - reach + 1;
  if (free < 0 || out != (free + stride - 1) / stride) return -1;
  int64_t missing = (out - 1) * stride + reach - in;
  return missing > 0 ? (int32_t)(missing / 2) : 0;
}

const char* recurrent_windows(RecurrentLayer* layer, const int32_t window[kSpatial],
                              const int32_t stride[kSpatial], const int32_t dilation[kSpatial],
                              int same) {
  int64_t taps = 1;
  for (int axis = 0; axis < kSpatial; ++axis) {
    if (window[axis] < 1 || stride[axis] < 1 || dilation[axis] < 1) return "a window is empty";
    if (window[axis] > 4096 || stride[axis] > 4096 || dilation[axis] > 4096) {
      return "a window is too large";
    }
    taps *= window[axis];
    if (taps > INT32_MAX / 256) return "a window is too large";
    layer->x.window[axis] = layer->h.window[axis] = window[axis];
    layer->x.stride[axis] = stride[axis];
    layer->x.dilation[axis] = dilation[axis];
    layer->h.stride[axis] = layer->h.dilation[axis] = 1;
    layer->h.in[axis] = layer->h.out[axis] = layer->x.out[axis];
    layer->x.before[axis] = padding(&layer->x, axis, same);
    layer->h.before[axis] = padding(&layer->h, axis, 1);
    if (layer->x.before[axis] < 0) return "the window does not fit the shapes";
  }
  return NULL;
}

int32_t recurrent_taps(const Windows* windows) {
  return windows->window[0] * windows->window[1] * windows->window[2];
}

static int32_t source_of(const Windows* windows, int32_t position, int32_t tap) {
  int32_t source = 0, weight = 1;
  for (int axis = kSpatial - 1; axis >= 0; --axis) {
    int32_t place = position % windows->out[axis], offset = tap % windows->window[axis];
    int64_t from = (int64_t)place * windows->stride[axis] - windows->before[axis];
    from += offset * windows->dilation[axis];
    if (from < 0 || from >= windows->in[axis]) return -1;
    source += (int32_t)from * weight;
    weight *= windows->in[axis];
    position /= windows->out[axis];
    tap /= windows->window[axis];
  }
  return source;
}

void recurrent_sources(const Windows* windows, int32_t positions, int32_t* sources) {
  int32_t taps = recurrent_taps(windows);
  for (int32_t position = 0; position < positions; ++position) {
    for (int32_t tap = 0; tap < taps; ++tap) *sources++ = source_of(windows, position, tap);
  }
}

static const char* infer(const RecurrentKind* kind, size_t num_inputs, const KernelShape* inputs,
                         size_t num_outputs, KernelShape* outputs) {
  if (num_inputs < (size_t)kind->states + 2) return "inputs are missing";
  if (num_outputs != 1 && num_outputs != (size_t)kind->states + 1) {
    return "needs one output, or one and all states";
  }
  RecurrentLayer layer;
  const char* reason = recurrent_shapes(kind, &inputs[0], &inputs[1], &layer);
  if (reason) return reason;
  const KernelShape* state = &inputs[1];
  outputs[0].rank = state->rank + 1;
  outputs[0].dimensions[0] = layer.batch;
  outputs[0].dimensions[1] = layer.steps;
  for (int axis = 1; axis < state->rank; ++axis) {
    outputs[0].dimensions[axis + 1] = state->dimensions[axis];
  }
  for (size_t i = 1; i < num_outputs; ++i) outputs[i] = *state;
  return NULL;
}

static const char* run(const RecurrentKind* kind, size_t num_inputs, const KernelTensor* inputs,
                       size_t num_outputs, KernelTensor* outputs) {
  if (num_inputs < (size_t)kind->states + 2) return "inputs are missing";
  if (num_outputs != 1 && num_outputs != (size_t)kind->states + 1) {
    return "needs one output, or one and all states";
  }
  int type = inputs[0].element_type;
  if (type == kElement_float32) {
    return recurrent_run_float(kind, num_inputs, inputs, num_outputs, outputs);
  }
  if (type != kElement_int8) return "x must be int8 or float32";
  return recurrent_run_int8(kind, num_inputs, inputs, num_outputs, outputs);
}

// X(name, cell, gates, states, whether it convolves)
#define RECURRENT_KERNELS(X)           \
  X(lstm, kCellLstm, 4, 2, 0)          \
  X(gru, kCellGru, 3, 1, 0)            \
  X(simple_rnn, kCellSimple, 1, 1, 0)  \
  X(conv_lstm, kCellLstm, 4, 2, 1)

#define RECURRENT_KERNEL(name, cell, gates, states, convolves)                                 \
  static const RecurrentKind name##_kind = {cell, gates, states, convolves};                   \
  static const char* name##_infer(size_t num_inputs, const KernelShape* inputs,                \
                                  size_t num_outputs, KernelShape* outputs) {                  \
    return infer(&name##_kind, num_inputs, inputs, num_outputs, outputs);                      \
  }                                                                                            \
  static const char* name##_run(size_t num_inputs, const KernelTensor* inputs,                 \
                                size_t num_outputs, KernelTensor* outputs) {                   \
    return run(&name##_kind, num_inputs, inputs, num_outputs, outputs);                        \
  }                                                                                            \
  const Kernel kernel_##name = {"tflitekit." #name, name##_infer, name##_run};

RECURRENT_KERNELS(RECURRENT_KERNEL)
