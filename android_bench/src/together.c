#include "together.h"

#include <pthread.h>
#include <stdlib.h>

#include "clock.h"
#include "fail.h"

typedef struct {
  pthread_t thread;
  pthread_barrier_t* barrier;
  void (*work)(void*);
  void* item;
  double start, end;  // microseconds
} Worker;

static void* run(void* argument) {
  Worker* worker = argument;
  pthread_barrier_wait(worker->barrier);
  worker->start = clock_us();
  worker->work(worker->item);
  worker->end = clock_us();
  return NULL;
}

static double elapsed_us(const Worker* workers, long count) {
  double start = workers[0].start, end = workers[0].end;
  for (long i = 1; i < count; ++i) {
    if (workers[i].start < start) start = workers[i].start;
    if (workers[i].end > end) end = workers[i].end;
  }
  return end - start;
}

double run_together(void (*work)(void*), void* items, size_t bytes, long count) {
  Worker* workers = calloc((size_t)count, sizeof *workers);
  if (workers == NULL) fail("memory", "no room for %ld threads", count);
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, (unsigned)count);
  for (long i = 0; i < count; ++i) {
    workers[i].barrier = &barrier;
    workers[i].work = work;
    workers[i].item = (char*)items + (size_t)i * bytes;
    if (pthread_create(&workers[i].thread, NULL, run, &workers[i]) != 0) {
      fail("threads", "cannot start thread %ld", i);
    }
  }
  for (long i = 0; i < count; ++i) pthread_join(workers[i].thread, NULL);
  pthread_barrier_destroy(&barrier);
  double us = elapsed_us(workers, count);
  free(workers);
  return us;
}
