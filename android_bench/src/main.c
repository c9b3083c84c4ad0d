// The runner: one binary for the host, phones and emulators. See PROTOCOL.md.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "bandwidth.h"
#include "bench.h"
#include "calibrate.h"
#include "compute.h"
#include "evaluate.h"
#include "fail.h"
#include "isa.h"
#include "json.h"
#include "memory.h"
#include "model.h"
#include "page_cache.h"
#include "process.h"
#include "profile.h"
#include "traffic.h"
#include "weight_cache.h"

#ifndef RUNNER_BUILD_ID
#define RUNNER_BUILD_ID "unversioned"
#endif

enum { kProtocol = 1 };

static void report_isa(void) {
  const char* names[kIsaMost];
  size_t count = isa_names(names);
  json_array("isa");
  for (size_t i = 0; i < count; ++i) json_string(NULL, names[i]);
  json_array_end();
}

// `start_us` is the processor time before `main`: the kernel's exec and the dynamic loader.
static void report_hello(double start_us) {
  json_begin("hello");
  json_integer("protocol", kProtocol);
  json_string("build", RUNNER_BUILD_ID);
  json_string("abi", isa_abi());
  report_isa();
  json_number("start_us", start_us);
  json_end();
}

static void report_done(void) {
  json_begin("done");
  json_integer("peak_rss_bytes", process_memory("VmHWM"));
  json_number("cpu_us", process_cpu_us());
  json_end();
}

// The modes that need no model.
static const struct {
  const char* name;
  void (*measure)(const Args*);
} kPeaks[] = {{"bandwidth", bandwidth}, {"compute", compute}};

typedef void Work(Model*, const Args*);

// The modes that need a model.
static const struct {
  const char* name;
  Work* work;
} kModes[] = {
    {"bench", bench},       {"run", evaluate},    {"eval", evaluate},    {"calibrate", calibrate},
    {"memory", memory},     {"profile", profile}, {"counters", traffic},
};

static Work* find_mode(const char* name) {
  for (size_t i = 0; i < sizeof kModes / sizeof *kModes; ++i) {
    if (strcmp(kModes[i].name, name) == 0) return kModes[i].work;
  }
  fail("arguments", "mode=%s is not one of bandwidth, compute, bench, run, eval, calibrate, "
       "memory, profile, counters", name);
}

static void with_model(const Args* args, Work* work) {
  if (*args->model == '\0') fail("arguments", "model= is missing");
  page_cache_fill(args->library);
  page_cache_fill(args->model);
  if (args->weight_cache) weight_cache_make(args);
  memory_begin(args);
  traffic_begin(args);
  Model model = model_load(args);
  model_report(&model, args);
  work(&model, args);
}

static int measures_peak(const Args* args) {
  for (size_t i = 0; i < sizeof kPeaks / sizeof *kPeaks; ++i) {
    if (strcmp(kPeaks[i].name, args->mode) != 0) continue;
    kPeaks[i].measure(args);
    return 1;
  }
  return 0;
}

int main(int argc, char** argv) {
  double start_us = process_cpu_us();
  Args args = args_parse(argc, argv);
  if (*args.build && strcmp(args.build, RUNNER_BUILD_ID) != 0) {
    fail("build", "this runner is build %s, the host wants %s", RUNNER_BUILD_ID, args.build);
  }
  report_hello(start_us);
  process_bind(args.cores);
  if (!measures_peak(&args)) with_model(&args, find_mode(args.mode));
  report_done();
  fflush(stdout);
  // Not return: a device that has said `done` need not tear LiteRT down.
  _Exit(0);
}
