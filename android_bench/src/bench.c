#define _GNU_SOURCE
#include "bench.h"

#include <stdlib.h>

#include "clock.h"
#include "fail.h"
#include "inputs.h"
#include "json.h"
#include "process.h"
#include "spin.h"
#include "warmup.h"

typedef struct {
  double at_us, us;
  int processor;
} Sample;

// Written to once before measuring: a page fault in the middle would be part of a sample.
static Sample* make_room(long runs) {
  Sample* samples = malloc((size_t)runs * sizeof *samples);
  if (samples == NULL) fail("memory", "no room for %ld samples", runs);
  for (long i = 0; i < runs; ++i) samples[i] = (Sample){0, 0, -1};
  return samples;
}

static long take_samples(Model* model, const Args* args, Sample* samples) {
  long runs = 0;
  double begin = clock_us(), first = 0;
  for (double now = begin; !timed_enough(args, runs, now - begin); now = clock_us()) {
    for (long i = 1; i < args->stride; ++i) timed_run(model);
    if (args->stride > 1) now = clock_us();
    if (runs == 0) first = now;
    samples[runs] = (Sample){now - first, timed_run(model), sched_getcpu()};
    ++runs;
  }
  return runs;
}

static void report_samples(const Sample* samples, long runs) {
  for (long i = 0; i < runs; ++i) {
    json_begin("sample");
    json_number("us", samples[i].us);
    json_number("at_us", samples[i].at_us);
    json_end();
  }
}

// How fast the processor is, and where the threads have been: the caller's by its samples, the
// others' by where they ran last.
static void report_clock(const char* when, const Sample* samples, long runs) {
  cpu_set_t seen;
  CPU_ZERO(&seen);
  double us = spin_us();
  for (long i = 0; i < runs; ++i) {
    if (samples[i].processor >= 0) CPU_SET(samples[i].processor, &seen);
  }
  process_add_processors(&seen);
  json_begin("clock");
  json_string("when", when);
  json_number("spin_us", us);
  process_report_cores("cores");
  process_report_set("ran_on", &seen);
  json_end();
}

void bench(Model* model, const Args* args) {
  Sample* samples = make_room(args->max_runs);
  inputs_fill(model, args);
  warmup(model, args);
  report_clock("before", samples, 0);
  long runs = take_samples(model, args, samples);
  report_clock("after", samples, runs);
  report_samples(samples, runs);
  free(samples);
}
