#include "warmup.h"

#include <math.h>

#include "clock.h"
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
  bool steady;
} Warmup;

double timed_run(Model* model) {
  state_next(model);
  double start = clock_us();
  model_run(model);
  return clock_us() - start;
}

static Warmup until_steady(Model* model, double limit_us) {
  Warmup seen = {0};
  double begin = clock_us(), quick = 0, slow = 0;
  int agreeing = 0;
  while (agreeing < kAgreeingRuns && (seen.runs == 0 || seen.total_us < limit_us)) {
    double us = timed_run(model);
    if (seen.runs++ == 0) {
      seen.first_us = quick = slow = us;
    } else {
      quick += kQuick * (us - quick);
      slow += kSlow * (us - slow);
      agreeing = fabs(quick / slow - 1) < kAgreement ? agreeing + 1 : 0;
    }
    seen.total_us = clock_us() - begin;
  }
  seen.steady = agreeing >= kAgreeingRuns;
  return seen;
}

static void report(const Warmup* seen) {
  json_begin("warmup");
  json_integer("runs", seen->runs);
  json_number("first_us", seen->first_us);
  json_number("total_us", seen->total_us);
  json_boolean("steady", seen->steady);
  json_integer("threads", process_threads());
  json_end();
}

void warmup(Model* model, const Args* args) {
  Warmup seen = until_steady(model, args->warmup_seconds * 1e6);
  report(&seen);
}

bool timed_enough(const Args* args, long runs, double elapsed_us) {
  if (runs >= args->max_runs || elapsed_us >= args->max_seconds * 1e6) return runs > 0;
  return runs >= args->min_runs && elapsed_us >= args->seconds * 1e6;
}
