// How much memory this process has, as the kernel accounts for it.
#ifndef TFLITEKIT_SMAPS_H_
#define TFLITEKIT_SMAPS_H_

#include <stdbool.h>
#include <stdint.h>

// In bytes; -1 where the kernel does not tell.
typedef struct {
  int64_t pss, private_dirty, swap, rss, anonymous;
  int64_t model, weight_cache;  // resident parts of the mappings of these files
} MemoryUse;

// What the two files are called in /proc/self/maps; empty where there is none.
typedef struct {
  char model[4096], weight_cache[4096];
} MappedFiles;

// Sums over the mappings of this process, with the two files apart.
MemoryUse smaps_read(const MappedFiles* files);

// The sums alone, from smaps_rollup: quicker. As `smaps_read` where the kernel, older than 4.14,
// has no such file. `model` and `weight_cache` are -1.
MemoryUse smaps_read_sums(void);

#endif  // TFLITEKIT_SMAPS_H_
