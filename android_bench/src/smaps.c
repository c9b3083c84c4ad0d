#include "smaps.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const MemoryUse kUnknown = {-1, -1, -1, -1, -1, -1, -1};

static const struct {
  const char* name;
  size_t member;
} kFields[] = {
    {"Pss:", offsetof(MemoryUse, pss)},
    {"Private_Dirty:", offsetof(MemoryUse, private_dirty)},
    {"Swap:", offsetof(MemoryUse, swap)},
    {"Rss:", offsetof(MemoryUse, rss)},
    {"Anonymous:", offsetof(MemoryUse, anonymous)},
};

static void add(int64_t* sum, int64_t bytes) { *sum = (*sum < 0 ? 0 : *sum) + bytes; }

// "Pss:     12 kB"; false for a line that is no such field.
static bool add_field(const char* line, MemoryUse* use, int64_t* file) {
  for (size_t i = 0; i < sizeof kFields / sizeof *kFields; ++i) {
    size_t length = strlen(kFields[i].name);
    if (strncmp(line, kFields[i].name, length) != 0) continue;
    int64_t bytes = atoll(line + length) * 1024;
    add((int64_t*)((char*)use + kFields[i].member), bytes);
    if (file != NULL && kFields[i].member == offsetof(MemoryUse, rss)) add(file, bytes);
    return true;
  }
  return false;
}

// The head of a mapping ends with the file's path: "address perms offset dev inode   path".
static bool is_path(const char* line, const char* path) {
  size_t length = strlen(line), wanted = strlen(path);
  return wanted > 0 && length > wanted && line[length - wanted - 1] == ' ' &&
         strcmp(line + length - wanted, path) == 0;
}

static int64_t* mapped_file(const char* line, const MappedFiles* files, MemoryUse* use) {
  if (files == NULL) return NULL;
  if (is_path(line, files->model)) return &use->model;
  return is_path(line, files->weight_cache) ? &use->weight_cache : NULL;
}

// The head of a mapping begins with digits of an address in lower case, a field with a capital.
static bool is_head(const char* line) { return *line < 'A' || *line > 'Z'; }

static bool read_file(const char* path, const MappedFiles* files, MemoryUse* use) {
  FILE* file = fopen(path, "r");
  if (file == NULL) return false;
  *use = kUnknown;
  if (files != NULL) use->model = use->weight_cache = 0;
  int64_t* mapped = NULL;
  char line[4096 + 128];
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    if (is_head(line)) {
      mapped = mapped_file(line, files, use);
    } else {
      add_field(line, use, mapped);
    }
  }
  fclose(file);
  return true;
}

MemoryUse smaps_read(const MappedFiles* files) {
  MemoryUse use = kUnknown;
  read_file("/proc/self/smaps", files, &use);
  return use;
}

MemoryUse smaps_read_sums(void) {
  MemoryUse use = kUnknown;
  if (!read_file("/proc/self/smaps_rollup", NULL, &use)) {
    read_file("/proc/self/smaps", NULL, &use);
  }
  return use;
}
