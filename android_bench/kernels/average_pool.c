// tflitekit.average_pool: the mean of windows of an image; tflitekit/kernels/average_pool.py is the
// specification.
//
// Inputs: x int8 [n, height, width, channels]; factors int16 [output height, output width]; the
// block: the header. Output: y int8 [n, output height, output width, channels].
#include "average_pool.h"

#include "block.h"
#include "element.h"
#include "fixed_point.h"
#include "isa.h"
#include "parallel.h"
#include "tflitekit_kernel.h"

enum { kLeast = 65536 };  // elements summed that are worth a thread

typedef struct {
  int32_t height, width, stride_y, stride_x, top, left;
  int32_t align, doublings, bias, shift, low, high;
} Header;

typedef struct {
  const Header* header;
  const int16_t* factors;
  const int8_t* x;
  int8_t* y;
  int32_t height, width, channels, out_height, out_width;
  PoolFunction* pool;
} Work;

static int32_t aligned(int32_t sum, int32_t align) {
  if (align >= 0) return sum * (1 << align);
  return fixed_saturated((sum + (1 << -align >> 1)) >> -align);
}

void average_pool_scalar(const Window* window, const int8_t* x, int8_t* y) {
  for (size_t channel = 0; channel < window->channels; ++channel) {
    int32_t sum = 0;
    for (size_t row = 0; row < window->height; ++row) {
      const int8_t* tap = x + row * window->row + channel;
      for (size_t i = 0; i < window->width; ++i) sum += tap[i * window->channels];
    }
    int32_t units = fixed_times(aligned(sum, window->align), window->factor);
    int32_t mean = fixed_steps(units, window->doublings, window->bias, window->shift);
    if (mean < window->low) mean = window->low;
    y[channel] = (int8_t)(mean > window->high ? window->high : mean);
  }
}

// The best first.
static const IsaVersion versions[] = {
#define AVERAGE_POOL_VERSION(isa) {#isa, (IsaFunction)average_pool_##isa},
    AVERAGE_POOL_VERSIONS(AVERAGE_POOL_VERSION)
#undef AVERAGE_POOL_VERSION
    {"scalar", (IsaFunction)average_pool_scalar},
};

// Where a window begins and how much of it is inside [0, size).
static int32_t inside(int32_t place, int32_t stride, int32_t before, int32_t length, int32_t size,
                      int32_t* begin) {
  int32_t first = place * stride - before, end = first + length;
  *begin = first < 0 ? 0 : first;
  return (end > size ? size : end) - *begin;
}

// Rows [begin, end) of all images' output rows.
static void run_rows(const void* context, size_t begin, size_t end) {
  const Work* work = context;
  const Header* header = work->header;
  size_t channels = (size_t)work->channels, row = (size_t)work->width * channels;
  for (size_t i = begin; i < end; ++i) {
    size_t image = i / (size_t)work->out_height, out_row = i % (size_t)work->out_height;
    int32_t y0, x0, height = inside((int32_t)out_row, header->stride_y, header->top,
                                    header->height, work->height, &y0);
    const int8_t* rows = work->x + (image * (size_t)work->height + (size_t)y0) * row;
    for (int32_t column = 0; column < work->out_width; ++column) {
      int32_t width = inside(column, header->stride_x, header->left, header->width, work->width,
                             &x0);
      size_t pixel = out_row * (size_t)work->out_width + (size_t)column;
      Window window = {(size_t)height,    (size_t)width, row,
                       channels,          header->align, work->factors[pixel],
                       header->doublings, header->bias,  header->shift,
                       header->low,       header->high};
      size_t to = (i * (size_t)work->out_width + (size_t)column) * channels;
      work->pool(&window, rows + (size_t)x0 * channels, work->y + to);
    }
  }
}

static int is_int8(int32_t x) { return INT8_MIN <= x && x <= INT8_MAX; }

// That each of the windows along an axis has a part inside, that there is no place for one more,
// and that nothing overflows.
static int fits(int32_t length, int32_t stride, int32_t before, int32_t size, int32_t windows) {
  enum { kMost = 1 << 14 };
  if (length < 1 || length > kMost || stride < 1 || stride > kMost) return 0;
  if (before < 0 || before >= length || size < 1 || windows < 1) return 0;
  int64_t last = (int64_t)(windows - 1) * stride - before;
  return last < size && last + stride + length > size;
}

static const char* check(const Work* work) {
  const Header* header = work->header;
  if (header == NULL) return "the parameters are truncated";
  if (!fits(header->height, header->stride_y, header->top, work->height, work->out_height) ||
      !fits(header->width, header->stride_x, header->left, work->width, work->out_width)) {
    return "a window is outside of the image";
  }
  // The sum of a window is an int16 once aligned, and always an int32.
  int32_t most = header->height * header->width;
  if (most > 1 << 22) return "the window is too large";
  if (header->align < -23 || header->align > 15) return "the sums are not aligned";
  if (header->align >= 0 && most > kMostInInt16 >> header->align) return "the sums are not aligned";
  if (!fixed_steps_fit(header->doublings, header->bias, header->shift)) return "a shift is too far";
  return is_int8(header->low) && is_int8(header->high) ? NULL : "a limit is no int8";
}

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  if (num_inputs != 3 || num_outputs != 1) return "needs three inputs and one output";
  if (inputs[0].rank != 4 || inputs[1].rank != 2) return "x must have 4 axes, the factors 2";
  outputs[0] = inputs[0];
  outputs[0].dimensions[1] = inputs[1].dimensions[0];
  outputs[0].dimensions[2] = inputs[1].dimensions[1];
  return NULL;
}

static const char* check_tensors(const KernelTensor* inputs, const KernelTensor* y) {
  const KernelShape shapes[] = {inputs[0].shape, inputs[1].shape, inputs[2].shape};
  KernelShape wanted = {0};
  const char* reason = infer(3, shapes, 1, &wanted);
  if (reason) return reason;
  if (inputs[0].element_type != kElement_int8 || y->element_type != kElement_int8) {
    return "x and y must be int8";
  }
  if (inputs[1].element_type != kElement_int16) return "the factors must be int16";
  for (int axis = 0; axis < 4; ++axis) {
    if (y->shape.rank != 4 || y->shape.dimensions[axis] != wanted.dimensions[axis]) {
      return "y has another shape";
    }
  }
  if (inputs[0].bytes < kernel_elements(&shapes[0])) return "x is truncated";
  if (inputs[1].bytes < kernel_elements(&shapes[1]) * sizeof(int16_t)) {
    return "the factors are truncated";
  }
  return y->bytes < kernel_elements(&wanted) ? "y is truncated" : NULL;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 3 || num_outputs != 1) return "needs three inputs and one output";
  const char* reason = check_tensors(inputs, outputs);
  if (reason || kernel_elements(&outputs[0].shape) == 0) return reason;
  Block block = block_open(&inputs[2]);
  const int32_t *from = inputs[0].shape.dimensions, *to = outputs[0].shape.dimensions;
  Work work = {.header = block_take(&block, 1, sizeof(Header)),
               .factors = inputs[1].data,
               .x = inputs[0].data,
               .y = outputs[0].data,
               .height = from[1],
               .width = from[2],
               .channels = from[3],
               .out_height = to[1],
               .out_width = to[2],
               .pool = (PoolFunction*)isa_choose(versions, sizeof versions / sizeof *versions)};
  reason = check(&work);
  if (reason) return reason;
  size_t a_row = (size_t)work.header->height * (size_t)work.header->width * (size_t)to[2] *
                 (size_t)to[3];
  parallel_for(run_rows, &work, (size_t)to[0] * (size_t)to[1], kLeast / a_row + 1);
  return NULL;
}

const Kernel kernel_average_pool = {"tflitekit.average_pool", infer, run};
