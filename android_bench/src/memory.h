// mode=memory: how much memory the process has at each moment of its life, in a pass of its own.
#ifndef TFLITEKIT_MEMORY_H_
#define TFLITEKIT_MEMORY_H_

#include "args.h"
#include "model.h"

// Begins to watch for the peak where the mode asks for it.
void memory_begin(const Args* args);

// Writes the record `memory` for this moment, if it was begun to watch.
void memory_moment(const char* when);

// Runs the model and writes the records `after` and `peak`.
void memory(Model* model, const Args* args);

#endif  // TFLITEKIT_MEMORY_H_
