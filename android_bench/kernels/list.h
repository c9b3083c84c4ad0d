// Every custom op of this build: X(name of its Kernel object). One line a kernel.
#ifndef TFLITEKIT_KERNELS_LIST_H_
#define TFLITEKIT_KERNELS_LIST_H_

#include "tflitekit_kernel.h"

#define KERNELS(X) X(kernel_table)

#define KERNEL_DECLARE(object) extern const Kernel object;
KERNELS(KERNEL_DECLARE)
#undef KERNEL_DECLARE

#endif  // TFLITEKIT_KERNELS_LIST_H_
