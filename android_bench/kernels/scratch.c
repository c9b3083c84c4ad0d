#include "scratch.h"

#include <pthread.h>
#include <stdlib.h>

enum { kAlignment = 64 };

// Grows to the largest that any kernel asked for, and goes with its thread.
typedef struct {
  void* memory;
  size_t bytes;
} Place;

static pthread_key_t key;
static pthread_once_t made = PTHREAD_ONCE_INIT;
static int is_made;

static void release(void* place) {
  free(((Place*)place)->memory);
  free(place);
}

static void make(void) { is_made = pthread_key_create(&key, release) == 0; }

static Place* place_of_thread(void) {
  pthread_once(&made, make);
  if (!is_made) return NULL;
  Place* place = pthread_getspecific(key);
  if (place != NULL) return place;
  place = calloc(1, sizeof *place);
  if (place != NULL && pthread_setspecific(key, place) != 0) {
    free(place);
    return NULL;
  }
  return place;
}

void* scratch(size_t bytes) {
  Place* place = place_of_thread();
  if (place == NULL) return NULL;
  if (bytes > place->bytes) {
    size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    free(place->memory);
    // Android has aligned_alloc only since version 9.
    if (posix_memalign(&place->memory, kAlignment, rounded) != 0) place->memory = NULL;
    place->bytes = place->memory == NULL ? 0 : rounded;
  }
  return place->memory;
}
