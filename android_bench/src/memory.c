#include "memory.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "fail.h"
#include "inputs.h"
#include "json.h"
#include "options.h"
#include "smaps.h"
#include "state.h"

static const double kIntervalS = 3e-3;

static struct {
  const Args* args;  // NULL in another mode
  MappedFiles files;
  pthread_t thread;
  atomic_bool stop;
  pthread_mutex_t lock;
  MemoryUse peak;
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void sleep_s(double seconds) {
  struct timespec time = {(time_t)seconds, (long)(fmod(seconds, 1) * 1e9)};
  nanosleep(&time, NULL);
}

static void keep_peak(const MemoryUse* use) {
  pthread_mutex_lock(&watch.lock);
  // Where the kernel hides PSS, the resident size decides.
  if (use->pss > watch.peak.pss || (use->pss < 0 && use->rss > watch.peak.rss)) watch.peak = *use;
  pthread_mutex_unlock(&watch.lock);
}

static void* sample(void* unused) {
  (void)unused;
  while (!atomic_load(&watch.stop)) {
    MemoryUse use = smaps_read_sums();
    keep_peak(&use);
    sleep_s(kIntervalS);
  }
  return NULL;
}

static void real_path(const char* path, char* target, size_t room) {
  char* real = realpath(path, NULL);
  if (real != NULL && strlen(real) < room) strcpy(target, real);
  free(real);
}

void memory_begin(const Args* args) {
  if (strcmp(args->mode, "memory") != 0) return;
  watch.args = args;
  watch.peak = (MemoryUse){-1, -1, -1, -1, -1, -1, -1};
  real_path(args->model, watch.files.model, sizeof watch.files.model);
  real_path(WEIGHT_CACHE_FILE, watch.files.weight_cache, sizeof watch.files.weight_cache);
  if (pthread_create(&watch.thread, NULL, sample, NULL) != 0) {
    fail("threads", "cannot start the thread that watches the memory");
  }
}

static void put_bytes(const char* key, int64_t bytes) {
  json_number(key, bytes < 0 ? NAN : (double)bytes);
}

static void report(const char* when, const MemoryUse* use) {
  json_begin("memory");
  json_string("when", when);
  put_bytes("pss_bytes", use->pss);
  put_bytes("private_dirty_bytes", use->private_dirty);
  put_bytes("swap_bytes", use->swap);
  put_bytes("rss_bytes", use->rss);
  put_bytes("anonymous_bytes", use->anonymous);
  put_bytes("model_bytes", use->model);
  put_bytes("weight_cache_bytes", use->weight_cache);
  json_end();
}

void memory_moment(const char* when) {
  if (watch.args == NULL) return;
  MemoryUse use = smaps_read(&watch.files);
  keep_peak(&use);
  report(when, &use);
  sleep_s(watch.args->hold_seconds);
}

void memory(Model* model, const Args* args) {
  inputs_fill(model, args);
  double begin = clock_us();
  for (long runs = 0; runs < args->min_runs || clock_us() - begin < args->seconds * 1e6; ++runs) {
    state_next(model);
    model_run(model);
  }
  memory_moment("after");
  atomic_store(&watch.stop, true);
  pthread_join(watch.thread, NULL);
  report("peak", &watch.peak);
}
