// tflitekit.layer_norm: rows divided by a root of their variance or mean square, then a gain and an
// offset of each column, such as LayerNorm, RMSNorm and the L2 norm.
//
// Inputs: x int8 or int16 of any shape, taken as rows of `columns`; a parameter block. Output: int8
// or int16 of x's shape. tflitekit/kernels/layer_norm.py is the specification: sums are exact, what
// is of a row is computed in double, and what is of an element in 16 bits where all is int8, else in
// float32.
#include "layer_norm.h"

#include <math.h>
#include <string.h>

#include "block.h"
#include "element.h"
#include "fixed_point.h"
#include "isa.h"
#include "norm_rows.h"
#include "norm_wide.h"
#include "parallel.h"
#include "same_shape.h"
#include "tflitekit_kernel.h"

typedef struct {
  NormRows header;
  LayerNormAffine affine;
  const int8_t* x;
  int8_t* y;
  const LayerNorm* version;
} Job;

typedef struct {
  NormSteps x;
  NormView view;
  const NormWide* version;
} WideJob;

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

static LayerNormRow row_of(const NormRows* header, LayerNormSums sums, double per_element) {
  double root = norm_rows_root(header, sums.sum, sums.squares, per_element);
  if (!(root > 0)) return (LayerNormRow){0, 0, 0};  // of what is constant
  double scale = (double)header->one / root;
  int32_t shift;
  double fraction = split(scale, &shift);
  if (shift < 0) fraction = scale;
  shift = clamp(shift, 0, 15);
  double mean = norm_rows_mean(header, sums.sum, per_element);
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

static void normalize_wide(const void* context, size_t begin, size_t end) {
  const WideJob* job = context;
  size_t n = (size_t)job->view.header.columns, most = kNormMostColumns / n;
  int16_t buffer[kNormMostColumns];
  for (size_t first = begin; first < end; first += most) {
    size_t rows = end - first < most ? end - first : most;
    NormSteps x = norm_steps_behind(job->x, first * n);
    if (!x.is_wide) job->version->widen(x.data, buffer, rows * n);
    const int16_t* wide = x.is_wide ? x.data : buffer;
    norm_wide_rows(job->version, wide, &job->view, 1, first * n, rows);
  }
}

static const char* run_narrow(const NormRows* header, Block block, const void* x, void* y,
                              size_t count) {
  size_t columns = (size_t)header->columns;
  Job job = {.header = *header, .x = x, .y = y};
  job.affine = (LayerNormAffine){.gain = block_take(&block, columns, sizeof(int16_t)),
                                 .offset = block_take(&block, columns, sizeof(int16_t)),
                                 .shift = header->shift,
                                 .low = (int8_t)header->low,
                                 .high = (int8_t)header->high};
  if (job.affine.gain == NULL || job.affine.offset == NULL) return "the parameters are truncated";
  job.version = ((LayerNormVersion*)isa_choose(versions, sizeof versions / sizeof *versions))();
  parallel_for(normalize, &job, count / columns, (kLeastElements + columns - 1) / columns);
  return NULL;
}

static const char* run_wide(const NormRows* header, Block block, NormSteps x, NormSteps y,
                            size_t count) {
  size_t columns = (size_t)header->columns;
  WideJob job = {.x = x, .view = {.header = *header, .y = y}, .version = norm_wide()};
  job.view.gain = block_take(&block, columns, sizeof(float));
  job.view.offset = block_take(&block, columns, sizeof(float));
  if (job.view.gain == NULL || job.view.offset == NULL) return "the parameters are truncated";
  if (x.is_wide && header->zero_point != 0) return "the zero point of int16 is not 0";
  parallel_for(normalize_wide, &job, count / columns, (kLeastElements + columns - 1) / columns);
  return NULL;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 2 || num_outputs != 1) return SAME_SHAPE_NEEDS;
  NormSteps x, y;
  size_t count = kernel_elements(&inputs[0].shape);
  const char* wrong = norm_steps_take(&inputs[0], count, &x);
  if (wrong == NULL) wrong = norm_steps_take(&outputs[0], count, &y);
  if (wrong != NULL) return wrong;
  Block block = block_open(&inputs[1]);
  const NormRows* header = block_take(&block, 1, sizeof *header);
  wrong = norm_rows_check(header, outputs[0].element_type);
  if (wrong != NULL) return wrong;
  if (count % (size_t)header->columns != 0) return "x is no whole number of rows";
  if (x.is_wide || y.is_wide) return run_wide(header, block, x, y, count);
  return run_narrow(header, block, x.data, y.data, count);
}

const Kernel kernel_layer_norm = {"tflitekit.layer_norm", same_shape_infer, run};
