// tflitekit.layer_norm: rows divided by a root of their variance or mean square, then a gain and an
// offset of each column, such as LayerNorm, RMSNorm and the L2 norm.
//
// Inputs: x int8 of any shape, taken as rows of `columns`; a parameter block. Output: int8
// of x's shape. tflitekit/kernels/layer_norm.py is the specification: sums are exact, what is of a
// row is computed in double, and what is of an element in 16 bits.
#include "layer_norm.h"

#include <math.h>
#include <string.h>

#include "block.h"
#include "element.h"
#include "fixed_point.h"
#include "isa.h"
#include "parallel.h"
#include "tflitekit_kernel.h"

// As the Python side packs it.
typedef struct {
  int32_t columns;
  int32_t zero_point;      // of x
  int32_t subtracts_mean;  // else the zero point
  int32_t uses_variance;   // else the mean square
  int32_t low, high;       // the limits of y
  int32_t shift;           // the fraction bits of y before it is rounded
  float epsilon, floor;    // added to the variance; the least that the sum may be
  float after;             // added to the root
  float one;               // the number that a normalized 1.0 is before its gain
} Header;

typedef struct {
  Header header;
  LayerNormAffine affine;
  const int8_t* x;
  int8_t* y;
  const LayerNorm* version;
} Job;

enum { kBatch = 16, kLeastElements = 1 << 16, kOne = 1 << 15 };

LayerNormSums layer_norm_sum_scalar(const int8_t* x, size_t n) {
  LayerNormSums sums = {0, 0};
  for (size_t i = 0; i < n; ++i) {
    sums.sum += x[i];
    sums.squares += x[i] * x[i];
  }
  return sums;
}

static inline int32_t clamp(int32_t value, int32_t low, int32_t high) {
  return value < low ? low : value > high ? high : value;
}

void layer_norm_scale_scalar(const int8_t* x, const LayerNormRow* row,
                             const LayerNormAffine* affine, int8_t* y, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    int16_t centered = (int16_t)(x[i] * (1 << row->shift) - row->mean);
    int32_t steps = fixed_times(fixed_times(centered, row->scale), affine->gain[i]);
    steps = fixed_saturated(steps + affine->offset[i]) >> affine->shift;
    y[i] = (int8_t)clamp(steps, affine->low, affine->high);
  }
}

const LayerNorm* layer_norm_scalar(void) {
  static const LayerNorm version = {layer_norm_sum_scalar, layer_norm_scale_scalar};
  return &version;
}

// The best first.
static const IsaVersion versions[] = {
#define LAYER_NORM_VERSION(isa) {#isa, (IsaFunction)layer_norm_##isa},
    LAYER_NORM_VERSIONS(LAYER_NORM_VERSION)
#undef LAYER_NORM_VERSION
    {"scalar", (IsaFunction)layer_norm_scalar},
};

// value = fraction * 2^exponent, 0.5 <= fraction < 1, of a positive number that is not tiny.
static inline double split(double value, int32_t* exponent) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  *exponent = (int32_t)(bits >> 52) - 1022;
  bits = (bits & 0x000fffffffffffffu) | 0x3fe0000000000000u;
  memcpy(&value, &bits, sizeof bits);
  return value;
}

static double root_of(const Header* header, LayerNormSums sums, double per_element) {
  double count = header->columns, sum = sums.sum, zero = header->zero_point;
  double spread = header->uses_variance
                      ? (count * sums.squares - sum * sum) * (per_element * per_element)
                      : (sums.squares - 2 * zero * sum + count * zero * zero) * per_element;
  double inside = spread + (double)header->epsilon;
  if (inside < (double)header->floor) inside = (double)header->floor;
  return sqrt(inside) + (double)header->after;
}

static LayerNormRow row_of(const Header* header, LayerNormSums sums, double per_element) {
  double root = root_of(header, sums, per_element);
  if (!(root > 0)) return (LayerNormRow){0, 0, 0};  // of what is constant
  double scale = (double)header->one / root;
  int32_t shift;
  double fraction = split(scale, &shift);
  if (shift < 0) fraction = scale;
  shift = clamp(shift, 0, 15);
  double mean = header->subtracts_mean ? sums.sum * per_element : header->zero_point;
  int32_t steps = (int32_t)lrint(fraction * kOne);
  return (LayerNormRow){shift, (int16_t)lrint(mean * (1 << shift)),
                        (int16_t)(steps < kOne ? steps : kOne - 1)};
}

static void normalize(const void* context, size_t begin, size_t end) {
  const Job* job = context;
  size_t n = (size_t)job->header.columns;
  double per_element = 1.0 / (double)n;
  LayerNormSums sums[kBatch];
  for (size_t first = begin; first < end; first += kBatch) {
    size_t count = end - first < kBatch ? end - first : kBatch;
    const int8_t* x = job->x + first * n;
    int8_t* y = job->y + first * n;
    for (size_t i = 0; i < count; ++i) sums[i] = job->version->sum(x + i * n, n);
    LayerNormRow rows[kBatch];
    for (size_t i = 0; i < count; ++i) rows[i] = row_of(&job->header, sums[i], per_element);
    for (size_t i = 0; i < count; ++i) {
      job->version->scale(x + i * n, &rows[i], &job->affine, y + i * n, n);
    }
  }
}

static const char* take_parameters(const KernelTensor* tensor, Job* job) {
  Block block = block_open(tensor);
  const Header* header = block_take(&block, 1, sizeof *header);
  if (header == NULL) return "the parameters are truncated";
  if (header->columns < 1 || header->columns > kLayerNormMostColumns) {
    return "a row must have 1 to 4096 columns";
  }
  if (header->zero_point < INT8_MIN || header->zero_point > INT8_MAX ||
      header->low < INT8_MIN || header->high > INT8_MAX || header->low > header->high) {
    return "zero point or limits are no int8";
  }
  if (header->shift < 0 || header->shift > 15) return "the shift is out of range";
  if (!(header->one > 0)) return "the number of 1.0 is not positive";
  size_t columns = (size_t)header->columns;
  job->header = *header;
  job->affine = (LayerNormAffine){.gain = block_take(&block, columns, sizeof(int16_t)),
                                  .offset = block_take(&block, columns, sizeof(int16_t)),
                                  .shift = header->shift,
                                  .low = (int8_t)header->low,
                                  .high = (int8_t)header->high};
  int whole = job->affine.gain != NULL && job->affine.offset != NULL;
  return whole ? NULL : "the parameters are truncated";
}

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  if (num_inputs != 2 || num_outputs != 1) return "needs two inputs and one output";
  outputs[0] = inputs[0];
  return NULL;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 2 || num_outputs != 1) return "needs two inputs and one output";
  if (inputs[0].element_type != kElement_int8 || outputs[0].element_type != kElement_int8) {
    return "x and y must be int8";
  }
  if (inputs[0].bytes != outputs[0].bytes) return "y has not the shape of x";
  Job job = {.x = inputs[0].data, .y = outputs[0].data};
  const char* wrong = take_parameters(&inputs[1], &job);
  if (wrong != NULL) return wrong;
  size_t columns = (size_t)job.header.columns;
  if (inputs[0].bytes % columns != 0) return "x is no whole number of rows";
  job.version = ((LayerNormVersion*)isa_choose(versions, sizeof versions / sizeof *versions))();
  size_t rows = inputs[0].bytes / columns;
  parallel_for(normalize, &job, rows, (kLeastElements + columns - 1) / columns);
  return NULL;
}

const Kernel kernel_layer_norm = {"tflitekit.layer_norm", infer, run};
