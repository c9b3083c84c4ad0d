#include "parallel.h"

#include <pthread.h>
#include <stdatomic.h>

enum { kMostThreads = 64 };

// One piece of work at a time: the runtime calls one kernel after the other. Workers wait for its
// number to change, take parts until none is left, and say that they are done.
static struct {
  pthread_mutex_t mutex;
  pthread_cond_t begun, ended;
  pthread_t workers[kMostThreads];
  int most;             // workers that may run
  int count;            // workers that run
  int leaving;          // whether they are to end
  unsigned long work;   // the number of the piece of work
  int busy;             // workers that are not done with it
  ParallelTask* task;
  const void* context;
  size_t items, part;
  _Atomic size_t next;  // the first item that nobody has taken
} pool = {.mutex = PTHREAD_MUTEX_INITIALIZER,
          .begun = PTHREAD_COND_INITIALIZER,
          .ended = PTHREAD_COND_INITIALIZER};

static void take_parts(void) {
  for (;;) {
    size_t begin = atomic_fetch_add(&pool.next, pool.part);
    if (begin >= pool.items) return;
    size_t end = pool.items - begin < pool.part ? pool.items : begin + pool.part;
    pool.task(pool.context, begin, end);
  }
}

static void* work(void* seen_at_start) {
  unsigned long seen = (unsigned long)seen_at_start;
  pthread_mutex_lock(&pool.mutex);
  for (;;) {
    while (pool.work == seen && !pool.leaving) pthread_cond_wait(&pool.begun, &pool.mutex);
    if (pool.leaving) break;
    seen = pool.work;
    pthread_mutex_unlock(&pool.mutex);
    take_parts();
    pthread_mutex_lock(&pool.mutex);
    if (--pool.busy == 0) pthread_cond_signal(&pool.ended);
  }
  pthread_mutex_unlock(&pool.mutex);
  return NULL;
}

static void end_workers(void) {
  pthread_mutex_lock(&pool.mutex);
  pool.leaving = 1;
  pthread_cond_broadcast(&pool.begun);
  pthread_mutex_unlock(&pool.mutex);
  for (int i = 0; i < pool.count; ++i) pthread_join(pool.workers[i], NULL);
  pool.count = pool.leaving = 0;
}

void parallel_use(int threads) {
  if (threads > kMostThreads) threads = kMostThreads;
  end_workers();
  pool.most = threads > 1 ? threads - 1 : 0;
}

// Not before they are needed: many models have no kernel that takes long.
static void start_workers(void) {
  while (pool.count < pool.most) {
    void* seen = (void*)pool.work;
    // Fewer threads than asked for are slower, and nothing else.
    if (pthread_create(&pool.workers[pool.count], NULL, work, seen) != 0) return;
    ++pool.count;
  }
}

void parallel_for(ParallelTask* task, const void* context, size_t count, size_t least) {
  size_t threads = (size_t)pool.most + 1;
  size_t part = (count + threads - 1) / threads;
  if (part < least) part = least;
  if (count == 0) return;
  if (part >= count) {
    task(context, 0, count);
    return;
  }
  start_workers();
  pthread_mutex_lock(&pool.mutex);
  pool.task = task;
  pool.context = context;
  pool.items = count;
  pool.part = part;
  atomic_store(&pool.next, 0);
  pool.busy = pool.count;
  ++pool.work;
  pthread_cond_broadcast(&pool.begun);
  pthread_mutex_unlock(&pool.mutex);
  take_parts();
  pthread_mutex_lock(&pool.mutex);
  while (pool.busy > 0) pthread_cond_wait(&pool.ended, &pool.mutex);
  pthread_mutex_unlock(&pool.mutex);
}
