// An int8 recurrent layer, ready to be computed.
#ifndef TFLITEKIT_KERNELS_RECURRENT_LAYER_H_
#define TFLITEKIT_KERNELS_RECURRENT_LAYER_H_

#include <stddef.h>
#include <stdint.h>

#include "recurrent.h"
#include "recurrent_int8.h"

enum { kMostProducts = 3 };

// The order of tflitekit/kernels/recurrent/parameters.py.
typedef struct {
  int32_t channels, units;
  int32_t window[kSpatial], stride[kSpatial], dilation[kSpatial];
  int32_t same, go_backwards, zero_masked, reset_after;
  int32_t x_zero, y_zero, first_zeros[kMostStates], last_zeros[kMostStates];
  float first_scales[kMostStates], y_steps, last_steps[kMostStates];
  float h_steps, activation_scale, recurrent_activation_scale;
} RecurrentHeader;

typedef struct {
  RecurrentLayer layer;
  RecurrentHeader header;
  const RecurrentVersion* version;
  RecurrentTable activation, recurrent_activation;
  // Of x, of h, and of the candidate's h where a GRU resets before that product.
  RecurrentProduct products[kMostProducts];
  const int8_t* x;
  const int8_t* first[kMostStates];
  int8_t* sequence;
  int8_t* last[kMostStates];  // NULL where they are not asked for
} RecurrentInt8Layer;

static inline size_t recurrent_filled_up(size_t size, size_t group) {
  return (size + group - 1) / group * group;
}

// The elements of one step's input, without its channels.
static inline size_t recurrent_places(const Windows* windows) {
  return (size_t)windows->in[0] * windows->in[1] * windows->in[2];
}

// All steps of all sequences; a reason where there is no memory.
const char* recurrent_compute(const RecurrentInt8Layer* layer);

#endif  // TFLITEKIT_KERNELS_RECURRENT_LAYER_H_
