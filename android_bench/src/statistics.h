// Running statistics of one float32 tensor.
#ifndef TFLITEKIT_STATISTICS_H_
#define TFLITEKIT_STATISTICS_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "moments.h"

enum { kBins = 1 << 16 };

// Moments are kept by lane: element i goes to lane i % lanes. Lanes are a multiple of the channels,
// so that a narrow last axis still fills whole vectors; they are folded into channels at the end.
typedef struct {
  const MomentsKernel* kernel;
  size_t elements;  // of the tensor
  size_t channels;  // size of its last axis; 1 for a scalar
  size_t lanes;
  float *minimum, *maximum;  // by lane, of the finite elements
  double *sum, *sum2;        // by lane, of the finite elements and of their squares
  uint64_t* bins;            // by the upper 16 bits of the value
  size_t stride;             // of the elements that the histogram counts in each sample
  uint64_t samples;
  uint64_t nonfinite;        // NaN and infinities
} Statistics;

// For a tensor of `elements` values whose last axis has `channels`. Fails the run without memory.
Statistics statistics_new(size_t elements, size_t channels);
void statistics_free(Statistics* statistics);

// Takes one value of the tensor.
void statistics_add(Statistics* statistics, const float* values);

// Writes the tensor's part of stats.bin behind the fields that say which tensor it is.
void statistics_write(const Statistics* statistics, FILE* file);

#endif  // TFLITEKIT_STATISTICS_H_
