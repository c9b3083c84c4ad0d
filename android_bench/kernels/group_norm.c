// tflitekit.group_norm: elements divided by a root of their variance or mean square, such as
// LayerNorm, RMSNorm, GroupNorm and the L2 norm.
//
// Inputs: x int8, whose elements are taken as [blocks, rows, groups, columns]; a parameter
// block. Output: int8 of x's shape. There are statistics of each block and group, over rows and
// columns; where there is one group, there is one row.
#include "group_norm.h"

#include <math.h>

#include "block.h"
#include "element.h"
#include "isa.h"
#include "parallel.h"
#include "scratch.h"
#include "same_shape.h"
#include "tflitekit_kernel.h"

// As tflitekit/kernels/group_norm.py packs it.
typedef struct {
  int32_t rows, groups, columns;
  int32_t period;  // of gain and offset, in elements
  int32_t zero_point;
  int32_t subtracts_mean;   // else the zero point
  int32_t uses_variance;    // else the mean square
  int32_t low, high;        // the limits of y
  float epsilon, floor;     // added to the variance; the least that the sum may be
  float after;              // added to the root
} Header;

typedef struct {
  Header header;
  const float *gain, *offset;  // [period], in steps of y
  const int8_t* x;
  int8_t* y;
  const GroupNorm* version;
  size_t line;  // elements of a row of all groups
  // Of the block of several rows that is being worked on:
  size_t part;                // rows that are summed together
  int32_t *sums, *squares;    // [parts, line]
  float *mean, *scale;        // [line]
  size_t first;               // its first element
} Job;

enum { kLeastElements = 1 << 16, kMostParts = 16, kLeastPart = 1 << 13 };

// Of n elements, from their sums: what is subtracted from an element, and what it is multiplied by.
static void statistics(const Header* header, GroupNormSums sums, size_t n, float* mean,
                       float* scale) {
  double count = (double)n, sum = (double)sums.sum;
  int64_t zero = header->zero_point;
  int64_t about_zero = sums.squares - 2 * zero * sums.sum + (int64_t)n * zero * zero;
  double variance = header->uses_variance
                        ? (count * (double)sums.squares - sum * sum) / (count * count)
                        : (double)about_zero / count;
  double inside = variance + (double)header->epsilon;
  if (inside < (double)header->floor) inside = (double)header->floor;
  double root = sqrt(inside) + (double)header->after;
  *mean = header->subtracts_mean ? (float)(sum / count) : (float)zero;
  *scale = root > 0 ? (float)(1 / root) : 0;  // of what is constant: all elements are the mean
}

static GroupNormSums sum(const Job* job, size_t first, size_t n) {
  GroupNormSums sums = {0, 0};
  for (size_t i = 0; i < n; i += kGroupNormSpan) {
    size_t span = n - i < kGroupNormSpan ? n - i : kGroupNormSpan;
    GroupNormSums more = job->version->sum_row(job->x + first + i, span);
    sums.sum += more.sum;
    sums.squares += more.squares;
  }
  return sums;
}

static GroupNormLine line_at(const Job* job, size_t first, const float* mean, const float* scale) {
  size_t place = first % (size_t)job->header.period;
  return (GroupNormLine){.mean = mean,
                         .scale = scale,
                         .gain = job->gain + place,
                         .offset = job->offset + place,
                         .low = (float)job->header.low,
                         .high = (float)job->header.high};
}

static void normalize_rows(const void* context, size_t begin, size_t end) {
  const Job* job = context;
  for (size_t row = begin; row < end; ++row) {
    size_t first = row * job->line;
    float mean, scale;
    statistics(&job->header, sum(job, first, job->line), job->line, &mean, &scale);
    GroupNormLine line = line_at(job, first, &mean, &scale);
    job->version->scale_row(job->x + first, &line, job->y + first, job->line);
  }
}

static void sum_parts(const void* context, size_t begin, size_t end) {
  const Job* job = context;
  size_t rows = (size_t)job->header.rows;
  for (size_t part = begin; part < end; ++part) {
    size_t row = part * job->part, left = rows - row;
    const int8_t* x = job->x + job->first + row * job->line;
    job->version->sum_columns(x, left < job->part ? left : job->part, job->line, job->line,
                              job->sums + part * job->line, job->squares + part * job->line);
  }
}

static void group_statistics(const Job* job, size_t parts) {
  size_t columns = (size_t)job->header.columns;
  for (size_t group = 0; group < job->line; group += columns) {
    GroupNormSums sums = {0, 0};
    for (size_t part = 0; part < parts; ++part) {
      for (size_t i = part * job->line + group; i < part * job->line + group + columns; ++i) {
        sums.sum += job->sums[i];
        sums.squares += job->squares[i];
      }
    }
    float mean, scale;
    statistics(&job->header, sums, (size_t)job->header.rows * columns, &mean, &scale);
    for (size_t i = group; i < group + columns; ++i) {
      job->mean[i] = mean;
      job->scale[i] = scale;
    }
  }
}

static void scale_lines(const void* context, size_t begin, size_t end) {
  const Job* job = context;
  for (size_t row = begin; row < end; ++row) {
    size_t first = job->first + row * job->line;
    GroupNormLine line = line_at(job, first, job->mean, job->scale);
    job->version->scale_columns(job->x + first, &line, job->y + first, job->line);
  }
}

static size_t least_items(size_t item) { return (kLeastElements + item - 1) / item; }

// Blocks of several rows: the sums of each column, then those of each group.
static const char* normalize_columns(Job* job, size_t blocks) {
  size_t rows = (size_t)job->header.rows;
  job->part = (rows + kMostParts - 1) / kMostParts;
  size_t least = (kLeastPart + job->line - 1) / job->line;
  if (job->part < least) job->part = least;
  if (job->part > kGroupNormMostRows) job->part = kGroupNormMostRows;
  size_t parts = (rows + job->part - 1) / job->part;
  size_t sums = parts * job->line;
  float* memory = scratch((2 * sums + 2 * job->line) * sizeof *memory);
  if (memory == NULL) return "there is no memory for its sums";
  job->mean = memory;
  job->scale = memory + job->line;
  job->sums = (int32_t*)(memory + 2 * job->line);
  job->squares = job->sums + sums;
  for (size_t block = 0; block < blocks; ++block) {
    job->first = block * rows * job->line;
    parallel_for(sum_parts, job, parts, least_items(job->part * job->line));
    group_statistics(job, parts);
    parallel_for(scale_lines, job, rows, least_items(job->line));
  }
  return NULL;
}

// The best first.
static const IsaVersion versions[] = {
#define GROUP_NORM_VERSION(isa) {#isa, (IsaFunction)group_norm_##isa},
    GROUP_NORM_VERSIONS(GROUP_NORM_VERSION)
#undef GROUP_NORM_VERSION
    {"scalar", (IsaFunction)group_norm_scalar},
};

static const char* take_parameters(const KernelTensor* tensor, Job* job) {
  Block block = block_open(tensor);
  const Header* header = block_take(&block, 1, sizeof *header);
  if (header == NULL) return "the parameters are truncated";
  if (header->rows < 1 || header->groups < 1 || header->columns < 1 || header->period < 1) {
    return "the view has an axis without elements";
  }
  if ((header->groups == 1) != (header->rows == 1)) return "the view has one row or one group";
  if (header->zero_point < INT8_MIN || header->zero_point > INT8_MAX) {
    return "the zero point is no int8";
  }
  if (header->low < INT8_MIN || header->high > INT8_MAX || header->low > header->high) {
    return "the limits of y are no int8";
  }
  job->header = *header;
  job->gain = block_take(&block, (size_t)header->period, sizeof(float));
  job->offset = block_take(&block, (size_t)header->period, sizeof(float));
  return job->gain == NULL || job->offset == NULL ? "the parameters are truncated" : NULL;
}

// Finds the lines and how many blocks there are.
static const char* take_view(size_t elements, Job* job, size_t* blocks) {
  const Header* header = &job->header;
  size_t block;
  job->line = (size_t)header->groups * (size_t)header->columns;  // of two positive int32
  if (__builtin_mul_overflow(job->line, (size_t)header->rows, &block) || elements % block != 0) {
    return "the view does not fit x";
  }
  if ((size_t)header->period % job->line != 0 || elements % (size_t)header->period != 0) {
    return "gain and offset do not fit x";
  }
  *blocks = elements / block;
  return NULL;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 2 || num_outputs != 1) return SAME_SHAPE_NEEDS;
  const KernelTensor *x = &inputs[0], *y = &outputs[0];
  Job job = {.x = x->data, .y = y->data};
  if (x->element_type != kElement_int8 || y->element_type != kElement_int8) {
    return "x and y must be int8";
  }
  size_t elements = y->bytes, blocks = 0;
  if (x->bytes != elements) return "y has not the shape of x";
  const char* wrong = take_parameters(&inputs[1], &job);
  if (wrong == NULL) wrong = take_view(elements, &job, &blocks);
  if (wrong != NULL) return wrong;
  job.version = ((GroupNormVersion*)isa_choose(versions, sizeof versions / sizeof *versions))();
  if (blocks > 0 && job.header.groups > 1) return normalize_columns(&job, blocks);
  parallel_for(normalize_rows, &job, blocks, least_items(job.line));
  return NULL;
}

const Kernel kernel_group_norm = {"tflitekit.group_norm", same_shape_infer, run};
