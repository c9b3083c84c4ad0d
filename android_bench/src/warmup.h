// Inferences before the ones that count, until their time has stopped falling.
#ifndef TFLITEKIT_WARMUP_H_
#define TFLITEKIT_WARMUP_H_

#include "args.h"
#include "model.h"

// Runs until the time is steady, for `args->warmup_seconds` at most, and writes the record
// `warmup`.
void warmup(Model* model, const Args* args);

// The microseconds of one inference.
double timed_run(Model* model);

// Whether `runs` timed inferences in `elapsed_us` are what `args` asks for.
bool timed_enough(const Args* args, long runs, double elapsed_us);

#endif  // TFLITEKIT_WARMUP_H_
