#ifndef TFLITEKIT_WEIGHT_CACHE_H_
#define TFLITEKIT_WEIGHT_CACHE_H_

#include "args.h"

// Lets a process of its own write the file of packed weights, so that this one begins as cold as
// any and finds it. Writes the record `weight_cache`. Before LiteRT is loaded.
void weight_cache_make(const Args* args);

#endif  // TFLITEKIT_WEIGHT_CACHE_H_
