#ifndef TFLITEKIT_BENCH_H_
#define TFLITEKIT_BENCH_H_

#include "args.h"
#include "model.h"

// mode=bench: warms up until steady, then times inferences one by one.
void bench(Model* model, const Args* args);

#endif  // TFLITEKIT_BENCH_H_
