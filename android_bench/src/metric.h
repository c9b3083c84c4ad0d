// Metrics that need no more than one sample at a time. Others are computed by the host from the
// outputs.
#ifndef TFLITEKIT_METRIC_H_
#define TFLITEKIT_METRIC_H_

#include <stdio.h>

#include "model.h"

typedef struct {
  const char* name;  // "" where none was asked for
  int rank;          // a label counts as found among the `rank` largest scores
  const Port* scores;
  FILE* labels;
  long correct;
} Metric;

// "top1" or "top5" of the first output, whose elements are the scores of one sample's classes.
Metric metric_open(const char* name, const Model* model);

// Takes the outputs of the next sample.
void metric_add(Metric* metric, void* const* outputs);

// Writes the record `metric`.
void metric_close(Metric* metric, long count);

#endif  // TFLITEKIT_METRIC_H_
