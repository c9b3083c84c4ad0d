// As STREAM does it, the bytes of a pattern are those that the program names: the read of a line
// that an ordinary store allocates is not counted.
#include "bandwidth.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "fail.h"
#include "json.h"
#include "patterns.h"
#include "together.h"

// One thread's part of the arrays, and what it does with it.
typedef struct {
  Slice slice;
  void (*run)(Slice*);
} Part;

static void run_part(void* item) {
  Part* part = item;
  part->run(&part->slice);
}

static double run_parts(Part* parts, long threads, void (*run)(Slice*)) {
  for (long i = 0; i < threads; ++i) parts[i].run = run;
  return run_together(run_part, parts, sizeof *parts, threads);
}

// Four times the last-level cache, between 32 and 128 MiB an array.
static size_t array_bytes(void) {
  const size_t least = 32u << 20, most = 128u << 20;
  long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
  if (cache <= 0) cache = sysconf(_SC_LEVEL2_CACHE_SIZE);
  size_t bytes = cache > 0 ? 4 * (size_t)cache : 64u << 20;
  return bytes < least ? least : bytes > most ? most : bytes;
}

// Not written to: each thread's first pass takes the pages near its own processor. They are of the
// ordinary size, as a model's weights and activations are; larger ones would be faster.
static double* make_array(size_t bytes) {
  void* memory = NULL;
  if (posix_memalign(&memory, kAlignment, bytes) != 0) {
    fail("memory", "no room for three arrays of %zu bytes", bytes);
  }
  return memory;
}

static void fill(Slice* slice) {
  for (size_t i = 0; i < slice->count; ++i) slice->a[i] = 1, slice->b[i] = 2, slice->c[i] = 0;
}

typedef struct {
  double gbps, ordinary_gbps;  // of all stores, of ordinary ones
  int passes;
  bool streaming;
} Best;

static void keep_better(Best* best, double gbps, bool streaming) {
  if (gbps > best->gbps) best->gbps = gbps, best->streaming = streaming;
  if (!streaming && gbps > best->ordinary_gbps) best->ordinary_gbps = gbps;
  ++best->passes;
}

static Best measure(const Args* args, Part* parts, const Pattern* pattern, double bytes) {
  double limit = clock_us() + args->seconds * 1e6;
  Best best = {0};
  do {
    double us = run_parts(parts, args->threads, pattern->run);
    keep_better(&best, bytes / us * 1e-3, false);
    if (pattern->streaming == NULL) continue;
    us = run_parts(parts, args->threads, pattern->streaming);
    keep_better(&best, bytes / us * 1e-3, true);
  } while (clock_us() < limit || best.passes < 3);
  return best;
}

static void report(const Pattern* pattern, const Best* best, size_t array) {
  json_begin("bandwidth");
  json_string("pattern", pattern->name);
  json_number("gbps", best->gbps);
  json_number("ordinary_gbps", best->ordinary_gbps);
  json_integer("passes", best->passes);
  json_boolean("streaming", best->streaming);
  json_integer("array_bytes", (int64_t)array);
  json_end();
}

void bandwidth(const Args* args) {
  size_t count = array_bytes() / sizeof(double);
  size_t part = count / (size_t)args->threads & ~(size_t)(kMultiple - 1);
  double *a = make_array(count * sizeof *a), *b = make_array(count * sizeof *b);
  double* c = make_array(count * sizeof *c);
  Part* parts = calloc((size_t)args->threads, sizeof *parts);
  if (parts == NULL) fail("memory", "no room for %ld threads", args->threads);
  for (long i = 0; i < args->threads; ++i) {
    size_t offset = (size_t)i * part;
    parts[i].slice = (Slice){a + offset, b + offset, c + offset, part, 0};
  }
  run_parts(parts, args->threads, fill);
  size_t array = part * (size_t)args->threads * sizeof(double);
  for (int i = 0; i < kPatternCount; ++i) {
    double bytes = (double)array * kPatterns[i].arrays;
    Best best = measure(args, parts, &kPatterns[i], bytes);
    report(&kPatterns[i], &best, array);
  }
  free(parts);
  free(a);
  free(b);
  free(c);
}
