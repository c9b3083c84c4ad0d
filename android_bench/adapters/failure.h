// What a kernel said was wrong, kept until somebody asks with tflitekit_take_failure.
#ifndef TFLITEKIT_ADAPTERS_FAILURE_H_
#define TFLITEKIT_ADAPTERS_FAILURE_H_

#include "tflitekit_kernel.h"

// Keeps the first failure: those after it follow from it.
void failure_keep(const Kernel* kernel, const char* reason);

#endif  // TFLITEKIT_ADAPTERS_FAILURE_H_
