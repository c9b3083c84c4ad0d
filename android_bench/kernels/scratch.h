// Working memory of the calling thread.
#ifndef TFLITEKIT_KERNELS_SCRATCH_H_
#define TFLITEKIT_KERNELS_SCRATCH_H_

#include <stddef.h>

// At least `bytes` bytes at a multiple of 64; NULL where there is no memory. The next call on the
// same thread may give the same place: a function asks once, and parts what it gets.
void* scratch(size_t bytes);

#endif  // TFLITEKIT_KERNELS_SCRATCH_H_
