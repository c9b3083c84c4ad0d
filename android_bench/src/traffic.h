#ifndef TFLITEKIT_TRAFFIC_H_
#define TFLITEKIT_TRAFFIC_H_

#include "args.h"
#include "model.h"

// Before LiteRT starts threads: opens the counters of memory traffic where the mode asks for them.
void traffic_begin(const Args* args);

// mode=counters: what the DRAM carries while the model runs, in a pass of its own.
void traffic(Model* model, const Args* args);

#endif  // TFLITEKIT_TRAFFIC_H_
