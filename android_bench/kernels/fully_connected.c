// tflitekit.fully_connected: a few rows of int8 times a matrix of int8 weights that lies as it does in
// the file: no packed copy of it is made.
//
// Inputs: x int8 [..., depth]; weights int8 [outputs, depth]; a parameter block. Output: int8
// [..., outputs]. tflitekit/kernels/fully_connected.py is the specification.
#include "fully_connected.h"

#include "block.h"
#include "element.h"
#include "isa.h"
#include "parallel.h"
#include "rounding.h"
#include "tflitekit_kernel.h"

// Products for each thread: some 30 microseconds.
enum { kLeastProducts = 1 << 20 };

// As the Python side packs it.
typedef struct {
  int32_t outputs;
  int32_t zero_point;
  int32_t low, high;  // of y
} Header;

typedef struct {
  FullyConnected whole;
  FullyConnectedFunction* compute;
} Job;

// All is in int32, which may wrap in a damaged file only.
void fully_connected_scalar(const FullyConnected* part) {
  for (size_t i = 0; i < part->rows; ++i) {
    for (size_t j = 0; j < part->outputs; ++j) {
      const int8_t *x = part->x + i * part->depth, *weights = part->weights + j * part->depth;
      uint32_t sum = (uint32_t)part->biases[j];
      for (size_t k = 0; k < part->depth; ++k) sum += (uint32_t)(x[k] * weights[k]);
      float value = (float)(int32_t)sum * part->scales[j] + part->zero_point;
      int32_t rounded = round_into(value, (int32_t)part->low, (int32_t)part->high);
      part->y[i * part->stride + j] = (int8_t)rounded;
    }
  }
}

// The best first.
static const IsaVersion versions[] = {
#define FULLY_CONNECTED_VERSION(isa) {#isa, (IsaFunction)fully_connected_##isa},
    FULLY_CONNECTED_VERSIONS(FULLY_CONNECTED_VERSION)
#undef FULLY_CONNECTED_VERSION
    {"scalar", (IsaFunction)fully_connected_scalar},
};

// Items are tiles of outputs.
static void some_tiles(const void* context, size_t begin, size_t end) {
  const Job* job = context;
  FullyConnected part = job->whole;
  size_t first = begin * kFullyConnectedTile, last = end * kFullyConnectedTile;
  part.outputs = (last < part.outputs ? last : part.outputs) - first;
  part.weights += first * part.depth;
  part.biases += first;
  part.sums += first;
  part.scales += first;
  part.y += first;
  job->compute(&part);
}

static int is_int8(int32_t value) { return value >= INT8_MIN && value <= INT8_MAX; }

static const char* take_parameters(const KernelTensor* tensor, FullyConnected* part) {
  Block block = block_open(tensor);
  const Header* header = block_take(&block, 1, sizeof *header);
  if (header == NULL) return "the parameters are truncated";
  if (header->outputs < 0 || (size_t)header->outputs != part->outputs) {
    return "the parameters are of other weights";
  }
  if (!is_int8(header->zero_point) || !is_int8(header->low) || !is_int8(header->high) ||
      header->low > header->high) {
    return "the zero point or the limits are no int8";
  }
  part->zero_point = (float)header->zero_point;
  part->low = (float)header->low;
  part->high = (float)header->high;
  part->biases = block_take(&block, part->outputs, sizeof(int32_t));
  part->sums = block_take(&block, part->outputs, sizeof(int32_t));
  part->scales = block_take(&block, part->outputs, sizeof(float));
  return part->scales == NULL || part->sums == NULL || part->biases == NULL
             ? "the parameters are truncated"
             : NULL;
}

static size_t rows_of(const KernelShape* x) {
  KernelShape outer = *x;
  outer.rank -= 1;
  return kernel_elements(&outer);
}

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  if (num_inputs != 3 || num_outputs != 1) return "needs three inputs and one output";
  const KernelShape *x = &inputs[0], *weights = &inputs[1];
  if (weights->rank != 2) return "the weights must have two axes";
  if (x->rank < 1 || x->dimensions[x->rank - 1] != weights->dimensions[1]) {
    return "the last axis of x must be as long as a row of the weights";
  }
  outputs[0] = *x;
  outputs[0].dimensions[x->rank - 1] = weights->dimensions[0];
  return NULL;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 3 || num_outputs != 1) return "needs three inputs and one output";
  const KernelTensor *x = &inputs[0], *weights = &inputs[1], *y = &outputs[0];
  if (x->element_type != kElement_int8 || weights->element_type != kElement_int8 ||
      y->element_type != kElement_int8) {
    return "x, the weights and y must be int8";
  }
  KernelShape shapes[] = {x->shape, weights->shape, inputs[2].shape}, wanted;
  const char* wrong = infer(num_inputs, shapes, num_outputs, &wanted);
  if (wrong != NULL) return wrong;
  Job job = {.whole = {.x = x->data,
                       .weights = weights->data,
                       .depth = (size_t)weights->shape.dimensions[1],
                       .outputs = (size_t)weights->shape.dimensions[0],
                       .y = y->data}};
  FullyConnected* whole = &job.whole;
  wrong = take_parameters(&inputs[2], whole);
  if (wrong != NULL) return wrong;
  whole->stride = whole->outputs;
  whole->rows = rows_of(&x->shape);
  if (weights->bytes != whole->outputs * whole->depth) return "the weights are truncated";
  if (y->bytes != kernel_elements(&wanted) || x->bytes != whole->rows * whole->depth) {
    return "x or y has not the shape that the weights want";
  }
  job.compute = (FullyConnectedFunction*)isa_choose(versions, sizeof versions / sizeof *versions);
  size_t products = kFullyConnectedTile * whole->rows * whole->depth;
  size_t tiles = (whole->outputs + kFullyConnectedTile - 1) / kFullyConnectedTile;
  parallel_for(some_tiles, &job, tiles, products ? (kLeastProducts + products - 1) / products : 1);
  return NULL;
}

const Kernel kernel_fully_connected = {"tflitekit.fully_connected", infer, run};
