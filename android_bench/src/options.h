#ifndef TFLITEKIT_OPTIONS_H_
#define TFLITEKIT_OPTIONS_H_

#include "args.h"
#include "litert_api.h"

// Where `weight_cache=1` keeps the weights that XNNPACK has packed, in the current folder.
#define WEIGHT_CACHE_FILE "weights.cache"

// LiteRT's options for a model on the CPU, our kernels among them.
LiteRtOptions options_make(const Args* args);

#endif  // TFLITEKIT_OPTIONS_H_
