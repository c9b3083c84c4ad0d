#include "bench.h"

#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "fail.h"
#include "inputs.h"
#include "json.h"
#include "process.h"
#include "state.h"

// Two exponential moving averages of the inference time, a quick one and a slow one, agree once
// the time has stopped falling; androidx.benchmark ends its warm-up in the same way.
static const double kQuick = 0.2, kSlow = 0.05, kAgreement = 0.02;
enum { kAgreeingRuns = 10 };

typedef struct {
  long runs;
  double first_us, total_us;
  int steady;
} Warmup;

static double timed_run(Model* model) {
  state_next(model);
  double start = clock_us();
  model_run(model);
  return clock_us() - start;
}

static Warmup warm_up(Model* model, double limit_us) {
  Warmup warmup = {0};
  double begin = clock_us(), quick = 0, slow = 0;
  int agreeing = 0;
  while (agreeing < kAgreeingRuns && (warmup.runs == 0 || warmup.total_us < limit_us)) {
    double us = timed_run(model);
    if (warmup.runs++ == 0) {
      warmup.first_us = quick = slow = us;
    } else {
      quick += kQuick * (us - quick);
      slow += kSlow * (us - slow);
      agreeing = fabs(quick / slow - 1) < kAgreement ? agreeing + 1 : 0;
    }
    warmup.total_us = clock_us() - begin;
  }
  warmup.steady = agreeing >= kAgreeingRuns;
  return warmup;
}

static void report_warmup(const Warmup* warmup) {
  json_begin("warmup");
  json_integer("runs", warmup->runs);
  json_number("first_us", warmup->first_us);
  json_number("total_us", warmup->total_us);
  json_boolean("steady", warmup->steady);
  json_integer("threads", process_threads());
  json_end();
}

static int enough(const Args* args, long runs, double elapsed_us) {
  if (runs >= args->max_runs || elapsed_us >= args->max_seconds * 1e6) return runs > 0;
  return runs >= args->min_runs && elapsed_us >= args->seconds * 1e6;
}

void bench(Model* model, const Args* args) {
  // Written to once before measuring: a page fault in the middle would be part of a sample.
  double* samples = malloc((size_t)args->max_runs * sizeof *samples);
  if (samples == NULL) fail("memory", "no room for %ld samples", args->max_runs);
  for (long i = 0; i < args->max_runs; ++i) samples[i] = 0;
  inputs_fill(model, args);
  Warmup warmup = warm_up(model, args->warmup_seconds * 1e6);
  report_warmup(&warmup);

  long runs = 0;
  double begin = clock_us();
  while (!enough(args, runs, clock_us() - begin)) samples[runs++] = timed_run(model);

  for (long i = 0; i < runs; ++i) {
    json_begin("sample");
    json_number("us", samples[i]);
    json_end();
  }
  free(samples);
}
