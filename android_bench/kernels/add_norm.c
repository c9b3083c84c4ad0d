// tflitekit.add_norm: the sum of two tensors, and normalizations of its rows.
//
// Inputs: a and b, int8 or int16, of one shape but for axes of 1 in front, taken as rows of `columns`;
// a parameter block. Outputs: the sum, int8 or int16, if the block says so; one or two normalizations
// that differ in gain, offset and type, int8 or int16; all of the shape of a or b that has more axes.
// tflitekit/kernels/add_norm.py is the specification: the sum that is normalized has 16 bits.
#include "block.h"
#include "element.h"
#include "norm_wide.h"
#include "parallel.h"
#include "tflitekit_kernel.h"

// As the Python side packs it. Before the normalizations come the scales of a and of b, in steps of
// the 16-bit sum: one for all columns, or one for each.
typedef struct {
  int32_t a_zero, b_zero, sum_zero;
  int32_t sum_bits;  // 8 or 16; 0 where the sum is no output
  int32_t columns, a_scales, b_scales;
  float sum_scale;  // a step of the 16-bit sum in those of the output
} Header;

enum { kLeastElements = 1 << 16, kBuffer = kNormMostColumns, kMostViews = 2 };

typedef struct {
  Header header;
  NormSum of;
  NormSteps a, b, sum;
  NormView views[kMostViews];
  size_t num_views;
  const NormWide* version;
} Job;

// Room for one scale for all columns in the place of each.
typedef struct {
  float a[kNormMostColumns], b[kNormMostColumns];
} Scales;

// As many rows as the buffer holds, which are the sum unless that is an int16 output.
static void add_and_normalize_some(const Job* job, int16_t* buffer, size_t first, size_t rows) {
  const Header* header = &job->header;
  size_t n = (size_t)header->columns, place = first * n;
  NormSteps given = norm_steps_behind(job->sum, header->sum_bits ? place : 0);
  int16_t* sum = header->sum_bits == 16 ? given.data : buffer;
  for (size_t row = 0; row < rows * n; row += n) {
    NormSteps a = norm_steps_behind(job->a, place + row);
    NormSteps b = norm_steps_behind(job->b, place + row);
    job->version->add(a, b, &job->of, sum + row, n);
  }
  if (header->sum_bits == 8) {
    job->version->narrow(sum, header->sum_scale, (float)header->sum_zero, given.data, rows * n);
  }
  norm_wide_rows(job->version, sum, job->views, job->num_views, place, rows);
}

static void add_and_normalize(const void* context, size_t begin, size_t end) {
  const Job* job = context;
  int16_t buffer[kBuffer];
  size_t most = kBuffer / (size_t)job->header.columns;
  for (size_t first = begin; first < end; first += most) {
    size_t rows = end - first < most ? end - first : most;
    add_and_normalize_some(job, buffer, first, rows);
  }
}

static const char* check_numbers(size_t num_inputs, size_t num_outputs) {
  int is_right = num_inputs == 3 && num_outputs >= 1 && num_outputs <= 1 + kMostViews;
  return is_right ? NULL : "needs three inputs and one to three outputs";
}

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  const char* wrong = check_numbers(num_inputs, num_outputs);
  if (wrong != NULL) return wrong;
  const KernelShape* shape = &inputs[inputs[1].rank > inputs[0].rank];
  for (size_t i = 0; i < num_outputs; ++i) outputs[i] = *shape;
  return NULL;
}

// A zero point of int16 is 0.
static int is_zero_point(int32_t zero, int is_wide) {
  return is_wide ? zero == 0 : zero >= INT8_MIN && zero <= INT8_MAX;
}

static const char* check_header(const Header* header) {
  if (header == NULL) return "the parameters are truncated";
  if (header->columns < 1 || header->columns > kNormMostColumns) {
    return "a row must have 1 to 4096 columns";
  }
  int is_known = header->sum_bits == 0 || header->sum_bits == 8 || header->sum_bits == 16;
  if (!is_known) return "the sum must be int8 or int16, or no output";
  return isfinite(header->sum_scale) ? NULL : "the scale of the sum is no number";
}

static const char* check_operands(const Job* job) {
  const Header* header = &job->header;
  if (header->sum_bits != 0 && job->sum.is_wide != (header->sum_bits == 16)) {
    return "the sum is not of the type that the parameters say";
  }
  int is_right = is_zero_point(header->a_zero, job->a.is_wide) &&
                 is_zero_point(header->b_zero, job->b.is_wide) &&
                 is_zero_point(header->sum_zero, header->sum_bits == 16);
  return is_right ? NULL : "a zero point is out of range";
}

static const char* take_view(Block* block, int32_t columns, int y_type, NormView* view) {
  const NormRows* header = block_take(block, 1, sizeof *header);
  const char* wrong = norm_rows_check(header, y_type);
  if (wrong != NULL) return wrong;
  if (header->columns != columns) return "the rows of a normalization have another length";
  view->header = *header;
  view->gain = block_take(block, (size_t)columns, sizeof(float));
  view->offset = block_take(block, (size_t)columns, sizeof(float));
  return view->gain && view->offset ? NULL : "the parameters are truncated";
}

// The scales of all columns; NULL where there are not so many.
static const float* take_scales(Block* block, int32_t count, int32_t columns, float* room) {
  if (count != 1 && count != columns) return NULL;
  const float* scales = block_take(block, (size_t)count, sizeof(float));
  if (scales == NULL || count == columns) return scales;
  for (int32_t i = 0; i < columns; ++i) room[i] = scales[0];
  return room;
}

static const char* take_sum(Block* block, Scales* room, Job* job) {
  const Header* header = block_take(block, 1, sizeof *header);
  const char* wrong = check_header(header);
  if (wrong != NULL) return wrong;
  job->header = *header;
  job->of = (NormSum){.a_zero = header->a_zero, .b_zero = header->b_zero};
  job->of.a_scale = take_scales(block, header->a_scales, header->columns, room->a);
  job->of.b_scale = take_scales(block, header->b_scales, header->columns, room->b);
  return job->of.a_scale && job->of.b_scale ? NULL : "the parameters are truncated";
}

static const char* take_outputs(Block* block, size_t count, size_t num_outputs,
                                const KernelTensor* outputs, Job* job) {
  size_t first = job->header.sum_bits != 0;
  if (num_outputs < first + 1 || num_outputs > first + kMostViews) {
    return "the sum is not an output as the parameters say";
  }
  const char* wrong = first ? norm_steps_take(&outputs[0], count, &job->sum) : NULL;
  job->num_views = num_outputs - first;
  for (size_t i = 0; i < job->num_views && wrong == NULL; ++i) {
    const KernelTensor* y = &outputs[first + i];
    wrong = norm_steps_take(y, count, &job->views[i].y);
    if (wrong == NULL) {
      wrong = take_view(block, job->header.columns, y->element_type, &job->views[i]);
    }
  }
  return wrong;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  const char* wrong = check_numbers(num_inputs, num_outputs);
  if (wrong != NULL) return wrong;
  Job job = {.version = norm_wide()};
  size_t count = kernel_elements(&inputs[0].shape);
  wrong = norm_steps_take(&inputs[0], count, &job.a);
  if (wrong == NULL) wrong = norm_steps_take(&inputs[1], count, &job.b);
  if (wrong != NULL) return wrong;
  Block block = block_open(&inputs[2]);
  Scales room;
  wrong = take_sum(&block, &room, &job);
  if (wrong == NULL) wrong = take_outputs(&block, count, num_outputs, outputs, &job);
  if (wrong == NULL) wrong = check_operands(&job);
  if (wrong != NULL) return wrong;
  size_t columns = (size_t)job.header.columns;
  if (count % columns != 0) return "a is no whole number of rows";
  parallel_for(add_and_normalize, &job, count / columns,
               (kLeastElements + columns - 1) / columns);
  return NULL;
}

const Kernel kernel_add_norm = {"tflitekit.add_norm", infer, run};
