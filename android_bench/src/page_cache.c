#include "page_cache.h"

#include <fcntl.h>
#include <unistd.h>

void page_cache_fill(const char* path) {
  static char piece[1 << 16];
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  while (read(file, piece, sizeof piece) > 0) continue;
  close(file);
}
