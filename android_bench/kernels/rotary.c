// tflitekit.rotary: each element of a row as the sum of two elements of the same row, weighted by
// constants: rotary position embeddings.
//
// Inputs: x int8 of any shape, taken as rows of `columns`; a parameter block. Output: int8 of x's
// shape. tflitekit/kernels/rotary.py is the specification.
#include "rotary.h"

#include "block.h"
#include "element.h"
#include "isa.h"
#include "parallel.h"
#include "tflitekit_kernel.h"

enum { kLeastElements = 1 << 16 };

// As the Python side packs it.
typedef struct {
  int32_t columns, steps, repeat, segments;
  int32_t x_zero, y_zero;
  float scale;
} Header;

typedef struct {
  Rotary rotary;
  const int8_t* x;
  int8_t* y;
  RotaryFunction* version;
} Job;

void rotary_scalar(const Rotary* rotary, const int8_t* x, int8_t* y, size_t begin, size_t end) {
  rotary_loops(rotary, x, y, begin, end);
}

// The best first.
static const IsaVersion versions[] = {
#define ROTARY_VERSION(isa) {#isa, (IsaFunction)rotary_##isa},
    ROTARY_VERSIONS(ROTARY_VERSION)
#undef ROTARY_VERSION
    {"scalar", (IsaFunction)rotary_scalar},
};

static void rotate_part(const void* context, size_t begin, size_t end) {
  const Job* job = context;
  job->version(&job->rotary, job->x, job->y, begin, end);
}

static int is_int8(int32_t value) { return value >= INT8_MIN && value <= INT8_MAX; }

static const char* check_header(const Header* header) {
  if (header == NULL) return "the parameters are truncated";
  if (header->columns < 1 || header->steps < 1 || header->repeat < 1 || header->segments < 1) {
    return "a size is not positive";
  }
  if (!is_int8(header->x_zero) || !is_int8(header->y_zero)) return "a zero point is no int8";
  return isfinite(header->scale) ? NULL : "the scale is no number";
}

// Together they make a row, and none reads outside of one.
static const char* check_segments(const Rotary* rotary) {
  size_t columns = rotary->columns, made = 0;
  for (size_t i = 0; i < rotary->num_segments; ++i) {
    RotarySegment one = rotary->segments[i];
    if (one.length < 1 || one.first < 0 || one.second < 0) return "a segment is out of range";
    size_t length = (size_t)one.length;
    if (length > columns - made || length > columns) return "a segment is out of range";
    if ((size_t)one.first > columns - length || (size_t)one.second > columns - length) {
      return "a segment is out of range";
    }
    made += length;
  }
  return made == columns ? NULL : "the segments are no row";
}

static const char* take_parameters(const KernelTensor* tensor, Rotary* rotary) {
  Block block = block_open(tensor);
  const Header* header = block_take(&block, 1, sizeof *header);
  const char* wrong = check_header(header);
  if (wrong != NULL) return wrong;
  *rotary = (Rotary){.columns = (size_t)header->columns,
                     .steps = (size_t)header->steps,
                     .repeat = (size_t)header->repeat,
                     .num_segments = (size_t)header->segments,
                     .x_zero = header->x_zero,
                     .scale = header->scale,
                     .y_zero = (float)header->y_zero};
  size_t weights;
  if (__builtin_mul_overflow(rotary->steps, rotary->columns, &weights)) return "the parameters are truncated";
  rotary->segments = block_take(&block, rotary->num_segments, sizeof *rotary->segments);
  rotary->one = block_take(&block, weights, sizeof(int16_t));
  rotary->other = block_take(&block, weights, sizeof(int16_t));
  if (rotary->segments == NULL || rotary->one == NULL || rotary->other == NULL) {
    return "the parameters are truncated";
  }
  return check_segments(rotary);
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
  if (inputs[0].element_type != kElement_int8) return "x must be int8";
  if (outputs[0].element_type != kElement_int8) return "y must be int8";
  if (outputs[0].bytes != inputs[0].bytes) return "y has not the shape of x";
  Job job = {.x = inputs[0].data, .y = outputs[0].data};
  const char* wrong = take_parameters(&inputs[1], &job.rotary);
  if (wrong != NULL) return wrong;
  size_t columns = job.rotary.columns;
  if (inputs[0].bytes % columns != 0) return "x is no whole number of rows";
  job.version = (RotaryFunction*)isa_choose(versions, sizeof versions / sizeof *versions);
  parallel_for(rotate_part, &job, inputs[0].bytes / columns,
               (kLeastElements + columns - 1) / columns);
  return NULL;
}

const Kernel kernel_rotary = {"tflitekit.rotary", infer, run};
