// What LiteRT runs a model on: the CPU, or a GPU or NPU where the library has a driver for it.
#ifndef TFLITEKIT_ACCELERATOR_H_
#define TFLITEKIT_ACCELERATOR_H_

#include "args.h"
#include "litert_api.h"

// The set of accelerators that is asked for, as LiteRT's bits; the CPU is always in it, for ops that
// the other cannot run.
int accelerator_set(const Args* args);

// An environment that looks for drivers beside LiteRT's library. Fails the run where there is none
// for the accelerator that is asked for.
LiteRtEnvironment accelerator_environment(const Args* args);

// Adds to the record `ready` whether every op runs on the accelerator; nothing for the CPU, or where
// LiteRT cannot tell.
void accelerator_report(const Args* args, LiteRtCompiledModel compiled);

#endif  // TFLITEKIT_ACCELERATOR_H_
