// tflitekit.attention: y = softmax(q k^T + masks and biases) v, of matrices that lie where the block
// says.
//
// Inputs: q, k, v int8; the operands of the masks; an int8 [size] for each axis of y; the block:
// header, table of exp (uint16 [64]), layouts of q, k, v and y (layout.h), terms (logit_terms.h).
// Output: y int8.
#include <stdatomic.h>
#include <string.h>

#include "block.h"
#include "element.h"
#include "gemm.h"
#include "layout.h"
#include "logit_terms.h"
#include "parallel.h"
#include "products.h"
#include "scratch.h"
#include "softmax_rows.h"
#include "tflitekit_kernel.h"

enum { kQuery, kKey, kValue, kOutput, kLayouts, kTensors = 3 };
enum { kMostShift = 14 };

typedef struct {
  int32_t matrices, queries, keys, depth, columns, shift, empty_is_zero;
  int32_t zero_points[kLayouts - 1];  // of the queries, the values and the output
  float scale, y_scale;
} Header;

typedef struct {
  const Gemm* gemm;
  const SoftmaxRows* rows;
  const int8_t* data[kTensors];
  size_t matrices, queries, keys, depth, columns;
  int empty_is_zero;
  int32_t q_zero_point, v_zero_point;
  float y_scale;
  ProductsOutput output;
  SoftmaxScale scale;
  Layout layouts[kLayouts];
  LogitTerms terms;
  _Atomic int* has_failed;
} Attention;

// Working memory of a thread.
typedef struct {
  void *query, *keys, *values;
  int32_t *steps, *sums;
  int16_t* weights;
  int8_t* bytes;
  LogitRow added;
  size_t steps_row, sums_row;
  size_t matrix;  // whose keys and values are packed
  int is_packed;
} Room;

static GemmMatrix matrix_of(const Attention* attention, int operand, size_t matrix, size_t rows,
                            size_t columns, int32_t zero_point) {
  return products_matrix(&attention->layouts[operand], attention->data[operand], matrix, rows,
                         columns, zero_point);
}

static GemmMatrix transposed(GemmMatrix matrix) {
  GemmMatrix found = {matrix.data, matrix.column, matrix.row, matrix.columns, matrix.rows,
                      matrix.zero_point};
  return found;
}

// The next `bytes` bytes of working memory, up to a multiple of 64; NULL while it is only counted.
static void* part(uint8_t* base, size_t* used, size_t bytes) {
  void* found = base == NULL ? NULL : base + *used;
  *used += gemm_padded(bytes, kProductsAlignment);
  return found;
}

// Parts the working memory at `base`, which may be NULL; returns how many bytes there must be.
static size_t lay_out(const Attention* attention, uint8_t* base, Room* room) {
  const Gemm* gemm = attention->gemm;
  size_t keys = attention->keys, depth = attention->depth, columns = attention->columns, used = 0;
  room->steps_row = gemm_padded(keys, kGemmPanel);
  room->sums_row = gemm_padded(columns, kGemmPanel);
  room->query = part(base, &used, gemm->left_bytes(depth));
  room->keys = part(base, &used, gemm->right_bytes(depth, keys));
  room->values = part(base, &used, gemm->values_bytes(keys, columns));
  room->steps = part(base, &used, kGemmRows * room->steps_row * sizeof *room->steps);
  room->weights = part(base, &used, kGemmRows * room->steps_row * sizeof *room->weights);
  room->sums = part(base, &used, kGemmRows * room->sums_row * sizeof *room->sums);
  room->bytes = part(base, &used, columns);
  room->added.memory = part(base, &used, keys * sizeof(float));
  return used;
}

static void pack_matrix(const Attention* attention, size_t matrix, Room* room) {
  const int32_t *k = attention->layouts[kKey].offsets, *v = attention->layouts[kValue].offsets;
  GemmMatrix keys = matrix_of(attention, kKey, matrix, attention->keys, attention->depth, 0);
  GemmMatrix values = matrix_of(attention, kValue, matrix, attention->keys, attention->columns,
                                attention->v_zero_point);
  GemmMatrix right = transposed(keys);
  // Heads may share their keys and values.
  if (!room->is_packed || k[matrix] != k[room->matrix]) {
    attention->gemm->pack_right(&right, attention->q_zero_point, room->keys);
  }
  if (!room->is_packed || v[matrix] != v[room->matrix]) {
    attention->gemm->pack_values(&values, room->values);
  }
  room->matrix = matrix;
  room->is_packed = 1;
}

// kGemmRows queries from `first` on.
static void attend(const Attention* attention, size_t matrix, size_t first, Room* room) {
  const Gemm* gemm = attention->gemm;
  size_t count = attention->queries - first < kGemmRows ? attention->queries - first : kGemmRows;
  GemmMatrix queries = matrix_of(attention, kQuery, matrix, attention->queries, attention->depth,
                                 attention->q_zero_point);
  float factors[kGemmRows];
  gemm->pack_left(&queries, first, 0, room->query);
  gemm->multiply(room->query, room->keys, attention->depth, attention->keys, room->steps,
                 room->steps_row);
  for (size_t i = 0; i < count; ++i) {
    SoftmaxAdded added = logit_terms_row(&attention->terms, matrix, first + i, &room->added);
    SoftmaxSum sum =
        attention->rows->weigh(room->steps + i * room->steps_row, added, attention->keys,
                               &attention->scale, room->weights + i * room->steps_row);
    int is_zero = sum.is_empty && attention->empty_is_zero;
    factors[i] = is_zero ? 0.0f : attention->y_scale / (float)sum.sum;
  }
  // Rows that are not there weigh nothing.
  memset(room->weights + count * room->steps_row, 0,
         (kGemmRows - count) * room->steps_row * sizeof *room->weights);
  gemm->mix(room->weights, room->steps_row, room->values, attention->keys, attention->columns,
            room->sums, room->sums_row);
  for (size_t i = 0; i < count; ++i) {
    products_write(&attention->output, room->sums + i * room->sums_row, factors[i], matrix,
                   first + i, room->bytes);
  }
}

// Items are blocks of queries, all of one matrix after the other.
static void blocks(const void* context, size_t begin, size_t end) {
  const Attention* attention = context;
  Room room = {0};
  uint8_t* place = scratch(lay_out(attention, NULL, &room));
  if (place == NULL) {
    atomic_store(attention->has_failed, 1);
    return;
  }
  lay_out(attention, place, &room);
  size_t each = products_blocks(attention->queries);
  for (size_t i = begin; i < end; ++i) {
    size_t first = i % each * kProductsRows;
    size_t last = first + kProductsRows;
    if (last > attention->queries) last = attention->queries;
    pack_matrix(attention, i / each, &room);
    for (; first < last; first += kGemmRows) attend(attention, i / each, first, &room);
  }
}

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  if (num_outputs != 1 || layout_infer(num_inputs, inputs, &outputs[0]) < kTensors) {
    return "needs queries, keys, values, masks, sizes, a block and one output";
  }
  return NULL;
}

static const char* check_types(const KernelTensor* inputs, const KernelTensor* output) {
  for (int i = 0; i < kTensors; ++i) {
    if (inputs[i].element_type != kElement_int8) return "queries, keys and values must be int8";
  }
  return output->element_type == kElement_int8 ? NULL : "the output must be int8";
}

static const char* check_header(const Header* header) {
  if (header->matrices < 0 || header->queries <= 0 || header->keys <= 0 || header->depth <= 0 ||
      header->columns <= 0) {
    return "the block's sizes are wrong";
  }
  // Sums of weights times values, and of queries times keys, stay below 2^31.
  if (header->shift < 1 || header->shift > kMostShift || header->depth > 32768 ||
      ((int64_t)header->keys << (15 - header->shift)) * 255 > INT32_MAX) {
    return "the block's sizes are too large";
  }
  return header->scale > 0 ? NULL : "the block's scale is wrong";
}

static const char* check_layouts(const Attention* attention, const KernelTensor* inputs,
                                 const KernelTensor* output) {
  const size_t sizes[kLayouts][3] = {
      {attention->queries, attention->depth, inputs[kQuery].bytes},
      {attention->keys, attention->depth, inputs[kKey].bytes},
      {attention->keys, attention->columns, inputs[kValue].bytes},
      {attention->queries, attention->columns, output->bytes},
  };
  return layouts_check(attention->layouts, kLayouts, attention->matrices, sizes);
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  KernelShape shapes[kProductsMostInputs], unused;
  if (num_inputs > kProductsMostInputs || num_inputs < kTensors + 1 || num_outputs != 1) {
    return "needs queries, keys, values, masks, sizes, a block and one output";
  }
  for (size_t i = 0; i < num_inputs; ++i) shapes[i] = inputs[i].shape;
  int before = layout_infer(num_inputs, shapes, &unused);
  if (before < kTensors) return "needs queries, keys, values, masks, sizes, a block and one output";
  const char* reason = check_types(inputs, &outputs[0]);
  if (reason) return reason;
  Block block = block_open(&inputs[num_inputs - 1]);
  const Header* header = block_take(&block, 1, sizeof *header);
  const uint16_t* table = block_take(&block, kExpParts, sizeof *table);
  if (header == NULL || table == NULL) return "the block is truncated";
  reason = check_header(header);
  if (reason) return reason;
  _Atomic int has_failed = 0;
  Attention attention = {
      .gemm = gemm_choose(),
      .rows = softmax_rows_choose(),
      .data = {inputs[kQuery].data, inputs[kKey].data, inputs[kValue].data},
      .matrices = (size_t)header->matrices,
      .queries = (size_t)header->queries,
      .keys = (size_t)header->keys,
      .depth = (size_t)header->depth,
      .columns = (size_t)header->columns,
      .empty_is_zero = header->empty_is_zero,
      .q_zero_point = header->zero_points[0],
      .v_zero_point = header->zero_points[1],
      .y_scale = header->y_scale,
      .has_failed = &has_failed,
  };
  softmax_scale(&attention.scale, table, header->scale, header->shift);
  if (!layout_take(&block, attention.layouts, kLayouts, attention.matrices)) {
    return "the block is truncated";
  }
  attention.output = (ProductsOutput){&attention.layouts[kOutput], outputs[0].data,
                                      attention.columns, header->zero_points[2],
                                      requantize_best()};
  reason = check_layouts(&attention, inputs, &outputs[0]);
  if (reason) return reason;
  reason = logit_terms_take(&block, inputs + kTensors, (size_t)before - kTensors,
                            attention.matrices, attention.queries, attention.keys,
                            &attention.terms);
  if (reason) return reason;
  parallel_for(blocks, &attention, attention.matrices * products_blocks(attention.queries), 1);
  return atomic_load(&has_failed) ? "there is not enough memory" : NULL;
}

const Kernel kernel_attention = {"tflitekit.attention", infer, run};
