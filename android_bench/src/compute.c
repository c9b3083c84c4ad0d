// Threads work for a time, not through an amount: slow cores do not keep fast ones waiting.
#include "compute.h"

#include <stdint.h>
#include <stdlib.h>

#include "clock.h"
#include "fail.h"
#include "isa.h"
#include "json.h"
#include "mac_loops.h"
#include "together.h"

enum { kPassUs = 2000, kLeastPasses = 3 };

// What one thread does in a pass.
typedef struct {
  MacRun* run;
  uint64_t macs;
} Share;

static void work(void* item) {
  Share* share = item;
  double end = clock_us() + kPassUs;
  do share->macs += share->run(kMacSteps);
  while (clock_us() < end);
}

// 10^9 multiply-accumulates a second of all threads.
static double pass(Share* shares, long threads, MacRun* run) {
  for (long i = 0; i < threads; ++i) shares[i] = (Share){run, 0};
  double us = run_together(work, shares, sizeof *shares, threads);
  uint64_t macs = 0;
  for (long i = 0; i < threads; ++i) macs += shares[i].macs;
  return (double)macs / us * 1e-3;
}

static void measure(const Args* args, Share* shares, const MacLoop* loop) {
  double limit = clock_us() + args->seconds * 1e6, best = 0;
  int passes = 0;
  do {
    double gmacs = pass(shares, args->threads, loop->run);
    if (gmacs > best) best = gmacs;
  } while (++passes < kLeastPasses || clock_us() < limit);
  json_begin("compute");
  json_string("dtype", loop->dtype);
  json_string("isa", loop->isa);
  json_number("gmacs", best);
  json_integer("passes", passes);
  json_end();
}

void compute(const Args* args) {
  Share* shares = calloc((size_t)args->threads, sizeof *shares);
  if (shares == NULL) fail("memory", "no room for %ld threads", args->threads);
  for (size_t i = 0; i < kMacLoopCount; ++i) {
    if (isa_may_use(kMacLoops[i].isa)) measure(args, shares, &kMacLoops[i]);
  }
  free(shares);
}
