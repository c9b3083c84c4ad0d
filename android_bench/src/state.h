// What a model carries from one run to the next: outputs that are inputs of the run after.
#ifndef TFLITEKIT_STATE_H_
#define TFLITEKIT_STATE_H_

#include "args.h"
#include "model.h"

// Reads which ports carry the state from `args->state`, of the form
// input:output:zero:written,... by their positions. `zero` is the integer that stands for 0.0;
// `written` is 0 or 1 and says whether the output is kept besides. Fails the run where two ports
// do not fit each other.
void state_open(Model* model, const Args* args);

// Before each run: the state is what the last run left, or zeros where a sequence of
// `args->steps` runs begins.
void state_next(Model* model);

#endif  // TFLITEKIT_STATE_H_
