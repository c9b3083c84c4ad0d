// Our kernels as LiteRT sees them.
#ifndef TFLITEKIT_CUSTOM_OPS_H_
#define TFLITEKIT_CUSTOM_OPS_H_

#include "litert_api.h"

// Registers every kernel of kernels/list.h.
void custom_ops_register(LiteRtOptions options);

// Fails the run if a kernel has failed since the last call. LiteRT ignores the status that a
// custom kernel returns, so without this a wrong result would look like a right one.
void custom_ops_check(void);

#endif  // TFLITEKIT_CUSTOM_OPS_H_
