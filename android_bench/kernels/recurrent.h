// The recurrent layers: tflitekit.lstm, tflitekit.gru, tflitekit.simple_rnn, tflitekit.conv_lstm.
//
// All of them take a sequence step by step. A dense layer is one whose input has no spatial axes:
// it has one position and a window of one. Rows of a product are gates x units, gate by gate in
// Keras's order: input, forget, candidate, output (LSTM); update, reset, candidate (GRU).
#ifndef TFLITEKIT_KERNELS_RECURRENT_H_
#define TFLITEKIT_KERNELS_RECURRENT_H_

#include <stddef.h>
#include <stdint.h>

#include "tflitekit_kernel.h"

enum { kSpatial = 3, kMostStates = 2 };

typedef enum { kCellLstm, kCellGru, kCellSimple } RecurrentCell;

typedef struct {
  RecurrentCell cell;
  int gates;
  int states;  // the first is the output
  int is_convolution;
} RecurrentKind;

// Windows of a feature map: depth, height, width.
typedef struct {
  int32_t in[kSpatial], out[kSpatial], window[kSpatial];
  int32_t stride[kSpatial], dilation[kSpatial];
  int32_t before[kSpatial];  // padding
} Windows;

// Working memory as one place in parts, each at a multiple of 64 bytes. Without a place the parts
// are NULL, and only their sum is told.
typedef struct {
  char* memory;
  size_t used;
} RecurrentParts;

static inline void* recurrent_part(RecurrentParts* parts, size_t count, size_t size) {
  char* begin = parts->memory == NULL ? NULL : parts->memory + parts->used;
  parts->used += (count * size + 63) / 64 * 64;
  return begin;
}

typedef struct {
  const RecurrentKind* kind;
  int32_t batch, steps, channels, units;
  int32_t positions;  // of the output's feature map
  const uint8_t* mask;  // [batch, steps], or NULL
  int go_backwards, zero_masked, reset_after;
  Windows x, h;
} RecurrentLayer;

// What the shapes of x and of the first state tell; a reason where they do not fit.
const char* recurrent_shapes(const RecurrentKind* kind, const KernelShape* x,
                             const KernelShape* state, RecurrentLayer* layer);

// The windows that follow from the shapes, the window's size, stride and dilation.
const char* recurrent_windows(RecurrentLayer* layer, const int32_t window[kSpatial],
                              const int32_t stride[kSpatial], const int32_t dilation[kSpatial],
                              int same);

// Where in the input the elements of each position's window lie: [positions, taps], -1 for padding.
void recurrent_sources(const Windows* windows, int32_t positions, int32_t* sources);

// How many elements a window has.
int32_t recurrent_taps(const Windows* windows);

// The time that step `step` takes from the input.
static inline int32_t recurrent_time(const RecurrentLayer* layer, int32_t step) {
  return layer->go_backwards ? layer->steps - 1 - step : step;
}

// The same layer on float32 and on int8; inputs and outputs as recurrent.c says.
const char* recurrent_run_float(const RecurrentKind* kind, size_t num_inputs,
                                const KernelTensor* inputs, size_t num_outputs,
                                KernelTensor* outputs);
const char* recurrent_run_int8(const RecurrentKind* kind, size_t num_inputs,
                               const KernelTensor* inputs, size_t num_outputs,
                               KernelTensor* outputs);

#endif  // TFLITEKIT_KERNELS_RECURRENT_H_
