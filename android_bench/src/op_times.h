// The time of each op in each of several profiled runs.
#ifndef TFLITEKIT_OP_TIMES_H_
#define TFLITEKIT_OP_TIMES_H_

#include <stddef.h>
#include <stdint.h>

#include "litert_api.h"

// Ops in the order in which the first run met them. Of an op that a run computes several times, in
// a loop, the times of a run are added.
typedef struct OpTimes OpTimes;

// Room for `runs` runs.
OpTimes* op_times_new(long runs);

// Adds the events of run number `run`, and gives the microseconds of all its ops together. Those
// that are of no op are left out, and with them the telemetry event that LiteRT writes with a time
// that means nothing.
double op_times_add(OpTimes* times, long run, const ProfiledEventData* events, int count);

// Writes a record `op` each, over the first `runs` runs.
void op_times_report(OpTimes* times, long runs);

// The mean of the middle half of the values, which are sorted in place. The profiler counts whole
// microseconds: a median of them would tell nothing of an op that takes less.
double middle_mean(double* values, long count);

#endif  // TFLITEKIT_OP_TIMES_H_
