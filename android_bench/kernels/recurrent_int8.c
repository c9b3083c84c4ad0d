// Recurrent layers on int8: their operands, and the block that
// tflitekit/kernels/recurrent/parameters.py makes.
#include "block.h"
#include "element.h"
#include "isa.h"
#include "recurrent_layer.h"

static int take_product(Block* block, size_t rows, size_t depth, RecurrentProduct* product) {
  product->rows = recurrent_filled_up(rows, kRowGroup);
  product->depth = recurrent_filled_up(depth, kDepthGroup);
  product->weights = block_take(block, product->rows * product->depth, 1);
  product->sums = block_take(block, product->rows, sizeof(int32_t));
  product->scales = block_take(block, product->rows, sizeof(float));
  product->biases = block_take(block, product->rows, sizeof(float));
  return product->weights && product->sums && product->scales && product->biases;
}

static int is_int8(int32_t value) { return value >= INT8_MIN && value <= INT8_MAX; }

static const char* check_header(const RecurrentLayer* layer, const RecurrentHeader* header) {
  if (header->channels != layer->channels || header->units != layer->units) {
    return "the block is for other shapes";
  }
  int fit = is_int8(header->x_zero) && is_int8(header->y_zero);
  for (int i = 0; i < kMostStates; ++i) {
    fit &= is_int8(header->first_zeros[i]) && is_int8(header->last_zeros[i]);
  }
  return fit ? NULL : "a zero point is not int8";
}

static const char* open_block(RecurrentInt8Layer* it, const KernelTensor* tensor) {
  static const char* const kTruncated = "the block is truncated";
  Block block = block_open(tensor);
  RecurrentLayer* layer = &it->layer;
  const RecurrentHeader* header = block_take(&block, 1, sizeof *header);
  if (header == NULL) return kTruncated;
  it->header = *header;
  const char* reason = check_header(layer, header);
  if (!reason) {
    reason = recurrent_windows(layer, header->window, header->stride, header->dilation,
                               header->same);
  }
  if (reason) return reason;
  layer->go_backwards = header->go_backwards;
  layer->zero_masked = header->zero_masked;
  layer->reset_after = header->reset_after;
  it->activation.scale = header->activation_scale;
  it->activation.entries = block_take(&block, kTableEntries, sizeof(int16_t));
  it->recurrent_activation.scale = header->recurrent_activation_scale;
  it->recurrent_activation.entries = block_take(&block, kTableEntries, sizeof(int16_t));
  size_t units = (size_t)layer->units, taps = (size_t)recurrent_taps(&layer->x);
  size_t rows = (size_t)layer->kind->gates * units;
  int apart = layer->kind->cell == kCellGru && !layer->reset_after;
  int whole = take_product(&block, rows, taps * layer->channels, &it->products[0]);
  whole &= take_product(&block, apart ? 2 * units : rows, taps * units, &it->products[1]);
  if (apart) whole &= take_product(&block, units, units, &it->products[2]);
  return whole && it->recurrent_activation.entries ? NULL : kTruncated;
}

static int holds(const KernelTensor* tensor, int type, size_t elements) {
  return tensor->element_type == type && tensor->bytes == elements;
}

static const char* check_values(RecurrentInt8Layer* it, size_t num_inputs,
                                const KernelTensor* inputs, size_t num_outputs,
                                KernelTensor* outputs) {
  static const char* const kState = "a state must be int8 [batch, ..., units]";
  static const char* const kMask = "the mask must be bool [batch, steps]";
  RecurrentLayer* layer = &it->layer;
  size_t states = (size_t)layer->kind->states;
  size_t map = (size_t)layer->batch * layer->positions * layer->units;
  size_t images = (size_t)layer->batch * layer->steps;
  if (num_inputs != states + 2 && num_inputs != states + 3) return "inputs are missing";
  if (!holds(&inputs[0], kElement_int8, images * recurrent_places(&layer->x) * layer->channels)) {
    return "x has other sizes than its shape";
  }
  if (!holds(&outputs[0], kElement_int8, map * layer->steps)) {
    return "the sequence must be int8 [batch, steps, ..., units]";
  }
  it->x = inputs[0].data;
  it->sequence = outputs[0].data;
  for (size_t i = 0; i < states; ++i) {
    if (!holds(&inputs[1 + i], kElement_int8, map)) return kState;
    it->first[i] = inputs[1 + i].data;
  }
  for (size_t i = 1; i < num_outputs; ++i) {
    if (!holds(&outputs[i], kElement_int8, map)) return kState;
    it->last[i - 1] = outputs[i].data;
  }
  if (num_inputs == states + 3) {
    if (!holds(&inputs[1 + states], kElement_bool, images)) return kMask;
    layer->mask = inputs[1 + states].data;
  }
  return NULL;
}

static const RecurrentVersion* best_version(void) {
#define RECURRENT_TRY(isa) \
  if (isa_may_use(#isa)) return &recurrent_##isa;
  RECURRENT_VERSIONS(RECURRENT_TRY)
#undef RECURRENT_TRY
  return &recurrent_scalar;
}

const char* recurrent_run_int8(const RecurrentKind* kind, size_t num_inputs,
                               const KernelTensor* inputs, size_t num_outputs,
                               KernelTensor* outputs) {
  RecurrentInt8Layer it = {0};
  const char* reason = recurrent_shapes(kind, &inputs[0].shape, &inputs[1].shape, &it.layer);
  if (!reason) reason = check_values(&it, num_inputs, inputs, num_outputs, outputs);
  if (!reason) reason = open_block(&it, &inputs[num_inputs - 1]);
  if (reason) return reason;
  it.version = best_version();
  return recurrent_compute(&it);
}
