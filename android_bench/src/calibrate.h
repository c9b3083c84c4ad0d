// mode=calibrate: what values the float inputs and outputs of a model take, over all samples.
#ifndef TFLITEKIT_CALIBRATE_H_
#define TFLITEKIT_CALIBRATE_H_

#include "args.h"
#include "model.h"

// Sends every sample through the model and writes stats.bin (see PROTOCOL.md). Memory does not
// grow with the number of samples.
void calibrate(Model* model, const Args* args);

#endif  // TFLITEKIT_CALIBRATE_H_
