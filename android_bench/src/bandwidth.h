#ifndef TFLITEKIT_BANDWIDTH_H_
#define TFLITEKIT_BANDWIDTH_H_

#include "args.h"

// mode=bandwidth: the memory bandwidth that `threads` threads reach together, for four access
// patterns over arrays far larger than the last-level cache.
void bandwidth(const Args* args);

#endif  // TFLITEKIT_BANDWIDTH_H_
