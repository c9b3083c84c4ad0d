// Input tensors: from the files in0.bin, in1.bin, ... of the run folder, or made up.
#ifndef TFLITEKIT_INPUTS_H_
#define TFLITEKIT_INPUTS_H_

#include <stdio.h>

#include "args.h"
#include "model.h"

// One open file a port, each with samples one after the other without gaps.
typedef struct {
  size_t count;
  FILE** files;    // NULL for a port that is in none
  void** samples;  // room for one sample of each port
} PortFiles;

// Opens prefix0.bin, prefix1.bin, ... for those of the given ports that are in files, in fopen's
// mode.
PortFiles files_open(const char* prefix, const char* mode, const Port* ports, size_t count);

// Fails the run where a write did not reach the file.
void files_close(PortFiles* files);

// Reads the next sample of every input that is in a file into the model: of a sequence, what one
// run takes.
void inputs_next(Model* model, PortFiles* files);

// For mode=bench: the first sample where there are files (count > 0), else values that any model
// accepts: pseudo-random numbers for quantized and float types, zeros for indices and the rest.
void inputs_fill(Model* model, const Args* args);

#endif  // TFLITEKIT_INPUTS_H_
