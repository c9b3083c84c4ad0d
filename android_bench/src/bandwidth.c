// Four patterns in the manner of STREAM (McCalpin 1995). As there, the bytes of a pattern are those
// that the program names: the read of a line that a store allocates is not counted.
#define _GNU_SOURCE
#include "bandwidth.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "fail.h"
#include "json.h"

typedef struct {
  double *a, *b, *c;
  size_t count;
  double sum;  // keeps the reads from being optimized away
} Slice;

// Eight partial sums, so that the additions do not wait for each other.
static void pattern_read(Slice* s) {
  double sum[8] = {0};
  const double* a = s->a;
  for (size_t i = 0; i + 8 <= s->count; i += 8) {
    for (int k = 0; k < 8; ++k) sum[k] += a[i + (size_t)k];
  }
  for (int k = 0; k < 8; ++k) s->sum += sum[k];
}

static void pattern_write(Slice* s) {
  double* restrict c = s->c;
  double value = s->sum * 0 + 1;
  for (size_t i = 0; i < s->count; ++i) c[i] = value;
}

static void pattern_copy(Slice* s) {
  const double* restrict a = s->a;
  double* restrict c = s->c;
  for (size_t i = 0; i < s->count; ++i) c[i] = a[i];
}

static void pattern_triad(Slice* s) {
  const double *restrict a = s->a, *restrict b = s->b;
  double* restrict c = s->c;
  for (size_t i = 0; i < s->count; ++i) c[i] = a[i] + 3.0 * b[i];
}

static const struct {
  const char* name;
  void (*run)(Slice*);
  int arrays;  // how many the pattern touches
} kPatterns[] = {
    {"read", pattern_read, 1},
    {"write", pattern_write, 1},
    {"copy", pattern_copy, 2},
    {"triad", pattern_triad, 3},
};

typedef struct {
  pthread_t thread;
  pthread_barrier_t* barrier;
  Slice slice;
  void (*run)(Slice*);
  int passes;
  double start, end;  // of every pass together, microseconds
} Worker;

static void* work(void* argument) {
  Worker* worker = argument;
  pthread_barrier_wait(worker->barrier);
  worker->start = clock_us();
  for (int pass = 0; pass < worker->passes; ++pass) worker->run(&worker->slice);
  worker->end = clock_us();
  return NULL;
}

// The microseconds from the first thread's start to the last one's end.
static double run_threads(Worker* workers, long threads) {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, (unsigned)threads);
  for (long i = 0; i < threads; ++i) {
    workers[i].barrier = &barrier;
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
      fail("threads", "cannot start thread %ld", i);
    }
  }
  for (long i = 0; i < threads; ++i) pthread_join(workers[i].thread, NULL);
  pthread_barrier_destroy(&barrier);
  double start = workers[0].start, end = workers[0].end;
  for (long i = 1; i < threads; ++i) {
    if (workers[i].start < start) start = workers[i].start;
    if (workers[i].end > end) end = workers[i].end;
  }
  return end - start;
}

// Four times the last-level cache, between 32 and 128 MiB an array.
static size_t array_bytes(void) {
  const size_t least = 32u << 20, most = 128u << 20;
  long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
  if (cache <= 0) cache = sysconf(_SC_LEVEL2_CACHE_SIZE);
  size_t bytes = cache > 0 ? 4 * (size_t)cache : 64u << 20;
  return bytes < least ? least : bytes > most ? most : bytes;
}

static double* make_array(size_t count, double value) {
  double* array = malloc(count * sizeof *array);
  if (array == NULL) fail("memory", "no room for three arrays of %zu bytes", count * sizeof *array);
  for (size_t i = 0; i < count; ++i) array[i] = value;
  return array;
}

static void measure(const Args* args, Worker* workers, size_t count, int pattern) {
  double limit = clock_us() + args->seconds * 1e6, best = 0;
  for (long i = 0; i < args->threads; ++i) {
    workers[i].run = kPatterns[pattern].run;
    workers[i].passes = 1;
  }
  double bytes = (double)count * sizeof(double) * kPatterns[pattern].arrays;
  int passes = 0;
  do {
    double rate = bytes / run_threads(workers, args->threads) * 1e-3;
    if (rate > best) best = rate;
    ++passes;
  } while (clock_us() < limit || passes < 3);
  json_begin("bandwidth");
  json_string("pattern", kPatterns[pattern].name);
  json_number("gbps", best);
  json_integer("passes", passes);
  json_integer("array_bytes", (int64_t)(count * sizeof(double)));
  json_end();
}

void bandwidth(const Args* args) {
  size_t count = array_bytes() / sizeof(double);
  double *a = make_array(count, 1), *b = make_array(count, 2), *c = make_array(count, 0);
  Worker* workers = calloc((size_t)args->threads, sizeof *workers);
  if (workers == NULL) fail("memory", "no room for %ld threads", args->threads);
  size_t part = count / (size_t)args->threads & ~(size_t)7;
  for (long i = 0; i < args->threads; ++i) {
    size_t offset = (size_t)i * part;
    workers[i].slice = (Slice){a + offset, b + offset, c + offset, part, 0};
  }
  part *= (size_t)args->threads;
  for (int i = 0; i < (int)(sizeof kPatterns / sizeof *kPatterns); ++i) {
    measure(args, workers, part, i);
  }
  free(workers);
  free(a);
  free(b);
  free(c);
}
