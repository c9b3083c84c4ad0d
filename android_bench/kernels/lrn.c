// tflitekit.lrn: local response normalization, x * (bias + alpha * s)^-beta, where s is the sum of
// the squares of the channels around that of x.
//
// Inputs: x int8, with the channels last; a parameter block. Output: int8 of x's shape. The sum is
// exact, and the power is a table over the float32 bias + alpha * s, with 64 straight pieces for
// each power of two. tflitekit/kernels/lrn.py is the specification.
#include "lrn.h"

#include <string.h>

#include "block.h"
#include "element.h"
#include "isa.h"
#include "parallel.h"
#include "rounding.h"
#include "same_shape.h"
#include "tflitekit_kernel.h"

enum { kMostRadius = 127, kMostChannels = 1 << 12, kLeastElements = 1 << 14 };

// As the Python side packs it.
typedef struct {
  int32_t channels, radius;
  int32_t x_zero, y_zero;  // zero points
  int32_t pieces;          // of the table
  int32_t first;           // the bits of the float32 at which it begins
  float bias, alpha;       // of squares in steps of x
} Header;

typedef struct {
  Header header;
  LrnScale scale;
  LrnFunction* version;
  const int8_t* x;
  int8_t* y;
} Job;

static inline float power(const LrnScale* scale, float base) {
  int32_t bits;
  memcpy(&bits, &base, sizeof bits);
  bits = bits > scale->first ? bits - scale->first : 0;
  int32_t place = bits >> kLrnPieceBits;
  const LrnPiece* piece = &scale->pieces[place < scale->last ? place : scale->last];
  return piece->value + piece->slope * (float)(bits & ((1 << kLrnPieceBits) - 1));
}

void lrn_scalar(const LrnScale* scale, const int8_t* x, const int32_t* sums, int8_t* y, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    float factor = power(scale, scale->bias + scale->alpha * (float)sums[i]);
    y[i] = round_to_int8((float)(x[i] - scale->x_zero) * factor + (float)scale->y_zero);
  }
}

static void normalize_row(const Job* job, const int8_t* x, int8_t* y) {
  int32_t channels = job->header.channels, radius = job->header.radius;
  // No squares where the window reaches beyond the channels.
  int32_t squares[kMostChannels + 2 * kMostRadius + 1], sums[kMostChannels], sum = 0;
  memset(squares, 0, (size_t)(radius + 1) * sizeof *squares);
  memset(squares + radius + 1 + channels, 0, (size_t)radius * sizeof *squares);
  for (int32_t i = 0; i < channels; ++i) {
    int32_t value = x[i] - job->header.x_zero;
    squares[radius + 1 + i] = value * value;
  }
  int32_t width = 2 * radius + 1;
  for (int32_t i = 0; i < width; ++i) sum += squares[i];
  for (int32_t i = 0; i < channels; ++i) {
    sum += squares[i + width] - squares[i];
    sums[i] = sum;
  }
  job->version(&job->scale, x, sums, y, (size_t)channels);
}

static void normalize(const void* context, size_t begin, size_t end) {
  const Job* job = context;
  size_t channels = (size_t)job->header.channels;
  for (size_t row = begin; row < end; ++row) {
    normalize_row(job, job->x + row * channels, job->y + row * channels);
  }
}

// The best first.
static const IsaVersion versions[] = {
#define LRN_VERSION(isa) {#isa, (IsaFunction)lrn_##isa},
    LRN_VERSIONS(LRN_VERSION)
#undef LRN_VERSION
    {"scalar", (IsaFunction)lrn_scalar},
};

static const char* take_parameters(const KernelTensor* tensor, Job* job) {
  Block block = block_open(tensor);
  const Header* header = block_take(&block, 1, sizeof *header);
  if (header == NULL) return "the parameters are truncated";
  if (header->channels < 1 || header->channels > kMostChannels || header->radius < 0 ||
      header->radius > kMostRadius) {
    return "channels or radius are out of range";
  }
  if (header->x_zero < INT8_MIN || header->x_zero > INT8_MAX) return "a zero point is no int8";
  if (header->pieces < 1 || header->first < 0) return "the table is out of range";
  job->header = *header;
  job->scale = (LrnScale){.pieces = block_take(&block, (size_t)header->pieces, sizeof(LrnPiece)),
                          .last = header->pieces - 1,
                          .first = header->first,
                          .bias = header->bias,
                          .alpha = header->alpha,
                          .x_zero = header->x_zero,
                          .y_zero = header->y_zero};
  return job->scale.pieces == NULL ? "the parameters are truncated" : NULL;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 2 || num_outputs != 1) return SAME_SHAPE_NEEDS;
  if (inputs[0].element_type != kElement_int8 || outputs[0].element_type != kElement_int8) {
    return "x and y must be int8";
  }
  if (inputs[0].bytes != outputs[0].bytes) return "y has not the shape of x";
  if (inputs[0].data == outputs[0].data && inputs[0].bytes > 0) return "x and y must be apart";
  Job job = {.x = inputs[0].data, .y = outputs[0].data};
  const char* wrong = take_parameters(&inputs[1], &job);
  if (wrong != NULL) return wrong;
  size_t channels = (size_t)job.header.channels;
  if (inputs[0].bytes % channels != 0) return "x has not the channels of the parameters";
  job.version = (LrnFunction*)isa_choose(versions, sizeof versions / sizeof *versions);
  size_t rows = inputs[0].bytes / channels;
  parallel_for(normalize, &job, rows, (kLeastElements + channels - 1) / channels);
  return NULL;
}

const Kernel kernel_lrn = {"tflitekit.lrn", same_shape_infer, run};
