// A kernel with the faults that the builds for tests have to find: x int8 [1] says which.
#include <limits.h>

#include "tflitekit_kernel.h"

enum { kReadBehind, kReadFarBehind, kWriteBehind, kWriteBefore, kOverflow };

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  (void)num_inputs, (void)num_outputs;
  outputs[0] = inputs[0];
  return NULL;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  (void)num_inputs, (void)num_outputs;
  const volatile int8_t* x = inputs[0].data;
  volatile int8_t* y = outputs[0].data;
  volatile int large = INT_MAX;
  switch (x[0]) {
    case kReadBehind:
      y[0] = x[inputs[0].bytes];
      break;
    case kReadFarBehind:
      y[0] = x[inputs[0].bytes + 63];
      break;
    case kWriteBehind:
      y[outputs[0].bytes] = 1;
      break;
    case kWriteBefore:
      y[-1] = 1;
      break;
    case kOverflow:
      large = large + 1;
      break;
  }
  return NULL;
}

const Kernel kernel_bad = {"tflitekit.bad", infer, run};
