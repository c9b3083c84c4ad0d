// tflitekit.rescale: the same real numbers in other steps.
//
// Inputs: x int8 or int16 of any shape; a parameter block. Output: int8 of x's shape.
// tflitekit/kernels/rescale.py is the specification.
#include "rescale.h"

#include "block.h"
#include "element.h"
#include "isa.h"
#include "parallel.h"
#include "same_shape.h"
#include "tflitekit_kernel.h"

enum { kLeastElements = 1 << 16 };

typedef struct {
  const uint8_t* x;
  int is_wide;
  const Rescale* rescale;
  int8_t* y;
  RescaleFunction* version;
} Job;

void rescale_scalar(const void* x, int is_wide, const Rescale* rescale, int8_t* y, size_t n) {
  rescale_loops(x, is_wide, rescale, y, n);
}

// The best first.
static const IsaVersion versions[] = {
#define RESCALE_VERSION(isa) {#isa, (IsaFunction)rescale_##isa},
    RESCALE_VERSIONS(RESCALE_VERSION)
#undef RESCALE_VERSION
    {"scalar", (IsaFunction)rescale_scalar},
};

static void rescale_part(const void* context, size_t begin, size_t end) {
  const Job* job = context;
  const uint8_t* x = job->x + begin * (job->is_wide ? sizeof(int16_t) : sizeof(int8_t));
  job->version(x, job->is_wide, job->rescale, job->y + begin, end - begin);
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 2 || num_outputs != 1) return SAME_SHAPE_NEEDS;
  int is_wide = inputs[0].element_type == kElement_int16;
  if (!is_wide && inputs[0].element_type != kElement_int8) return "x must be int8 or int16";
  if (outputs[0].element_type != kElement_int8) return "y must be int8";
  Block block = block_open(&inputs[1]);
  const Rescale* rescale = block_take(&block, 1, sizeof *rescale);
  if (rescale == NULL) return "the parameters are truncated";
  if (rescale->subtracted < INT16_MIN || rescale->subtracted > INT16_MAX) {
    return "the zero point is no int16";
  }
  if (!isfinite(rescale->scale) || !isfinite(rescale->added)) return "the scale is no number";
  size_t count = inputs[0].bytes / (is_wide ? sizeof(int16_t) : sizeof(int8_t));
  if (outputs[0].bytes != count) return "y has not the shape of x";
  Job job = {inputs[0].data, is_wide, rescale, outputs[0].data, NULL};
  job.version = (RescaleFunction*)isa_choose(versions, sizeof versions / sizeof *versions);
  parallel_for(rescale_part, &job, count, kLeastElements);
  return NULL;
}

const Kernel kernel_rescale = {"tflitekit.rescale", same_shape_infer, run};
