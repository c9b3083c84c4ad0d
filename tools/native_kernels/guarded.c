#include "guarded.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { kAlignment = 64, kFiller = 0xa5 };

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>

Guarded guarded_reserve(size_t bytes, size_t offset) {
  Guarded place = {.bytes = bytes, .size = offset + bytes};
  if (posix_memalign((void**)&place.block, kAlignment, place.size) != 0) abort();
  place.data = place.block + offset;
  ASAN_POISON_MEMORY_REGION(place.block, offset);
  return place;
}

int guarded_is_whole(const Guarded* place) {
  (void)place;  // else it would have been reported
  return 1;
}

void guarded_release(Guarded* place) {
  ASAN_UNPOISON_MEMORY_REGION(place->block, place->size);
  free(place->block);
}

#else

// [filler, at least a line][bytes][filler, less than a line][a page without access]
Guarded guarded_reserve(size_t bytes, size_t offset) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t used = (offset + bytes + kAlignment - 1) / kAlignment * kAlignment;
  size_t open = (used + kAlignment + page - 1) / page * page;
  Guarded place = {.bytes = bytes, .size = open + page};
  void* block = mmap(NULL, place.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) abort();
  place.block = block;
  place.data = place.block + open - used + offset;
  memset(place.block, kFiller, open);
  if (mprotect(place.block + open, page, PROT_NONE) != 0) abort();
  return place;
}

static int is_filler(const uint8_t* begin, const uint8_t* end) {
  while (begin < end) {
    if (*begin++ != kFiller) return 0;
  }
  return 1;
}

int guarded_is_whole(const Guarded* place) {
  const uint8_t* end = place->data + place->bytes;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return is_filler(place->block, place->data) && is_filler(end, place->block + place->size - page);
}

void guarded_release(Guarded* place) { munmap(place->block, place->size); }

#endif
