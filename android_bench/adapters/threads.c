#include "parallel.h"
#include "tflitekit_kernels.h"

void tflitekit_use_threads(int threads) { parallel_use(threads); }
