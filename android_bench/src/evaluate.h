#ifndef TFLITEKIT_EVALUATE_H_
#define TFLITEKIT_EVALUATE_H_

#include "args.h"
#include "model.h"

// mode=run: `count` samples from in*.bin through the model into out*.bin.
// mode=eval: the same, and a metric of the first output against labels.bin (int32 a sample).
void evaluate(Model* model, const Args* args);

#endif  // TFLITEKIT_EVALUATE_H_
