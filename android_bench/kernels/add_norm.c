// tflitekit.add_norm: the sum of two tensors, and the normalization of its rows.
//
// Inputs: a and b, int8 or int16, of one shape but for axes of 1 in front, taken as rows of `columns`;
// a parameter block. Outputs: the sum, int8 or int16, if the block says so; y, int8 or int16; both of
// the shape of a or b that has more axes.
// tflitekit/kernels/add_norm.py is the specification: the sum that is normalized has 16 bits.
#include "block.h"
#include "element.h"
#include "norm_wide.h"
#include "parallel.h"
#include "tflitekit_kernel.h"

// As the Python side packs it.
typedef struct {
  int32_t a_zero, b_zero, sum_zero;
  int32_t sum_bits;        // 8 or 16; 0 where the sum is no output
  float a_scale, b_scale;  // in steps of the 16-bit sum
  float sum_scale;         // a step of that in those of the output
} Header;

typedef struct {
  Header header;
  NormRows rows;
  const float *gain, *offset;
  NormSteps a, b, sum, y;
  const NormWide* version;
} Job;

enum { kLeastElements = 1 << 16, kBuffer = kNormMostColumns };

// As many rows as the buffer holds, which are the sum unless that is an int16 output.
static void add_and_normalize_some(const Job* job, int16_t* buffer, size_t first, size_t rows) {
  const Header* header = &job->header;
  const NormSum of = {header->a_zero, header->b_zero, header->a_scale, header->b_scale};
  size_t n = (size_t)job->rows.columns, place = first * n;
  NormSteps given = norm_steps_behind(job->sum, header->sum_bits ? place : 0);
  int16_t* sum = header->sum_bits == 16 ? given.data : buffer;
  NormSteps a = norm_steps_behind(job->a, place), b = norm_steps_behind(job->b, place);
  job->version->add(a, b, &of, sum, rows * n);
  if (header->sum_bits == 8) {
    job->version->narrow(sum, header->sum_scale, (float)header->sum_zero, given.data, rows * n);
  }
  NormSteps y = norm_steps_behind(job->y, place);
  norm_wide_rows(job->version, &job->rows, job->gain, job->offset, sum, y, rows);
}

static void add_and_normalize(const void* context, size_t begin, size_t end) {
  const Job* job = context;
  int16_t buffer[kBuffer];
  size_t most = kBuffer / (size_t)job->rows.columns;
  for (size_t first = begin; first < end; first += most) {
    size_t rows = end - first < most ? end - first : most;
    add_and_normalize_some(job, buffer, first, rows);
  }
}

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  if (num_inputs != 3 || num_outputs < 1 || num_outputs > 2) {
    return "needs three inputs and one or two outputs";
  }
  const KernelShape* shape = &inputs[inputs[1].rank > inputs[0].rank];
  for (size_t i = 0; i < num_outputs; ++i) outputs[i] = *shape;
  return NULL;
}

// A zero point of int16 is 0.
static int is_zero_point(int32_t zero, int is_wide) {
  return is_wide ? zero == 0 : zero >= INT8_MIN && zero <= INT8_MAX;
}

static const char* check_sum(const Job* job, size_t num_outputs) {
  const Header* header = &job->header;
  int bits = num_outputs < 2 ? 0 : job->sum.is_wide ? 16 : 8;
  if (header->sum_bits != bits) return "the sum is not as the parameters say";
  if (!is_zero_point(header->a_zero, job->a.is_wide) ||
      !is_zero_point(header->b_zero, job->b.is_wide) ||
      !is_zero_point(header->sum_zero, bits == 16)) {
    return "a zero point is out of range";
  }
  int is_finite = isfinite(header->a_scale) && isfinite(header->b_scale);
  return is_finite && isfinite(header->sum_scale) ? NULL : "a scale is no number";
}

static const char* take_parameters(const KernelTensor* tensor, int y_type, Job* job) {
  Block block = block_open(tensor);
  const Header* header = block_take(&block, 1, sizeof *header);
  if (header == NULL) return "the parameters are truncated";
  const NormRows* rows = block_take(&block, 1, sizeof *rows);
  const char* wrong = norm_rows_check(rows, y_type);
  if (wrong != NULL) return wrong;
  job->header = *header;
  job->rows = *rows;
  job->gain = block_take(&block, (size_t)rows->columns, sizeof(float));
  job->offset = block_take(&block, (size_t)rows->columns, sizeof(float));
  int is_whole = job->gain != NULL && job->offset != NULL;
  return is_whole ? NULL : "the parameters are truncated";
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 3 || num_outputs < 1 || num_outputs > 2) {
    return "needs three inputs and one or two outputs";
  }
  Job job = {.version = norm_wide()};
  const KernelTensor* y = &outputs[num_outputs - 1];
  size_t count = kernel_elements(&inputs[0].shape);
  const char* wrong = norm_steps_take(&inputs[0], count, &job.a);
  if (wrong == NULL) wrong = norm_steps_take(&inputs[1], count, &job.b);
  if (wrong == NULL && num_outputs == 2) wrong = norm_steps_take(&outputs[0], count, &job.sum);
  if (wrong == NULL) wrong = norm_steps_take(y, count, &job.y);
  if (wrong == NULL) wrong = take_parameters(&inputs[2], y->element_type, &job);
  if (wrong == NULL) wrong = check_sum(&job, num_outputs);
  if (wrong != NULL) return wrong;
  size_t columns = (size_t)job.rows.columns;
  if (count % columns != 0) return "a is no whole number of rows";
  parallel_for(add_and_normalize, &job, count / columns,
               (kLeastElements + columns - 1) / columns);
  return NULL;
}

const Kernel kernel_add_norm = {"tflitekit.add_norm", infer, run};
