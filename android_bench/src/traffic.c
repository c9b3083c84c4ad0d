#include "traffic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fail.h"
#include "inputs.h"
#include "json.h"
#include "perf_events.h"
#include "warmup.h"

static Counters counters;

void traffic_begin(const Args* args) {
  if (strcmp(args->mode, "counters") == 0) counters = counters_open();
}

static void read_all(double* bytes) {
  for (size_t i = 0; i < counters.count; ++i) bytes[i] = counter_read(&counters.counters[i]);
}

static double between(double before, double after) {
  return before < 0 || after < before ? NAN : after - before;
}

static void report(const Counter* counter, double bytes, long runs, double us) {
  json_begin("counter");
  json_string("name", counter->name);
  json_number("read_bytes", counter->writes ? NAN : bytes);
  json_number("written_bytes", counter->writes ? bytes : NAN);
  json_integer("runs", runs);
  json_number("seconds", us * 1e-6);
  json_end();
}

static void report_reason(void) {
  json_begin("counters");
  if (counters.count == 0) json_string("reason", counters.reason);
  json_end();
}

void traffic(Model* model, const Args* args) {
  report_reason();
  if (counters.count == 0) return;
  double* bytes = calloc(2 * counters.count, sizeof *bytes);
  if (bytes == NULL) fail("memory", "no room for %zu counters", counters.count);
  inputs_fill(model, args);
  warmup(model, args);
  long runs = 0;
  read_all(bytes);
  double begin = clock_us();
  for (; !timed_enough(args, runs, clock_us() - begin); ++runs) timed_run(model);
  double us = clock_us() - begin;
  read_all(bytes + counters.count);
  for (size_t i = 0; i < counters.count; ++i) {
    report(&counters.counters[i], between(bytes[i], bytes[counters.count + i]), runs, us);
  }
  free(bytes);
}
