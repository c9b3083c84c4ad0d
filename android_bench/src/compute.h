#ifndef TFLITEKIT_COMPUTE_H_
#define TFLITEKIT_COMPUTE_H_

#include "args.h"

// mode=compute: the multiply-accumulates a second that `threads` threads reach together, with each
// instruction set of the processor, in float32 and in int8.
void compute(const Args* args);

#endif  // TFLITEKIT_COMPUTE_H_
