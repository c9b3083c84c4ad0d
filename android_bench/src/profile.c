#include "profile.h"

#include <stdlib.h>

#include "clock.h"
#include "fail.h"
#include "inputs.h"
#include "json.h"
#include "op_times.h"
#include "warmup.h"

enum { kMostRuns = 1000 };

typedef struct {
  LiteRtProfiler handle;
  ProfiledEventData* events;
  int count, room;
} Profiler;

static Profiler profiler_open(Model* model) {
  Profiler profiler = {0};
  LITERT(LiteRtCompiledModelGetProfiler, model->compiled, &profiler.handle);
  if (profiler.handle == NULL) fail("litert", "this LiteRT library gives no profiler");
  return profiler;
}

static void take_events(Profiler* profiler) {
  LITERT(LiteRtGetNumProfilerEvents, profiler->handle, &profiler->count);
  if (profiler->count == 0) fail("litert", "the profiler saw nothing");
  if (profiler->count > profiler->room) {
    free(profiler->events);
    profiler->room = 2 * profiler->count;
    profiler->events = calloc((size_t)profiler->room, sizeof *profiler->events);
    if (profiler->events == NULL) fail("memory", "no room for %d events", profiler->room);
  }
  LITERT(LiteRtGetProfilerEvents, profiler->handle, profiler->room, profiler->events);
}

// Microseconds of each run, and what of them was in no op.
typedef struct {
  double us[kMostRuns], rest_us[kMostRuns];
} Runs;

static void profiled_run(Model* model, Profiler* profiler, OpTimes* times, Runs* runs, long run) {
  LITERT(LiteRtStartProfiler, profiler->handle);  // forgets the run before
  runs->us[run] = timed_run(model);
  LITERT(LiteRtStopProfiler, profiler->handle);
  take_events(profiler);
  double in_ops = op_times_add(times, run, profiler->events, profiler->count);
  runs->rest_us[run] = runs->us[run] - in_ops;
}

static void report(Runs* runs, long count) {
  json_begin("profile");
  json_integer("runs", count);
  json_number("us", middle_mean(runs->us, count));
  json_number("rest_us", middle_mean(runs->rest_us, count));
  json_end();
}

void profile(Model* model, const Args* args) {
  inputs_fill(model, args);
  Profiler profiler = profiler_open(model);
  warmup(model, args);
  OpTimes* times = op_times_new(kMostRuns);
  static Runs runs;
  long count = 0;
  double begin = clock_us();
  while (count < kMostRuns && !timed_enough(args, count, clock_us() - begin)) {
    profiled_run(model, &profiler, times, &runs, count++);
  }
  report(&runs, count);
  op_times_report(times, count);
}
