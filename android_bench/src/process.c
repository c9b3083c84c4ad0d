#define _GNU_SOURCE
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fail.h"
#include "json.h"

static long status_field(const char* field) {
  FILE* file = fopen("/proc/self/status", "r");
  if (file == NULL) return -1;
  char text[256];
  long value = -1;
  size_t length = strlen(field);
  while (value < 0 && fgets(text, sizeof text, file)) {
    if (strncmp(text, field, length) == 0 && text[length] == ':') value = atol(text + length + 1);
  }
  fclose(file);
  return value;
}

int64_t process_memory(const char* field) {
  long kilobytes = status_field(field);
  return kilobytes < 0 ? -1 : (int64_t)kilobytes * 1024;
}

int process_threads(void) { return (int)status_field("Threads"); }

double process_cpu_us(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return (double)used.tv_sec * 1e6 + (double)used.tv_nsec * 1e-3;
}

// The processor of the line of a /proc/PID/task/TID/stat: field 39, the name of field 2 being in
// parentheses and of any characters.
static int last_processor(const char* line) {
  enum { kFirstBehindName = 3, kProcessor = 39 };
  const char* text = strrchr(line, ')');
  if (text == NULL) return -1;
  ++text;
  for (int field = kFirstBehindName; text != NULL && field < kProcessor; ++field) {
    text = strchr(text + 1, ' ');
  }
  return text == NULL ? -1 : atoi(text);
}

static int thread_processor(const char* thread) {
  char path[64], line[1024];
  snprintf(path, sizeof path, "/proc/self/task/%.20s/stat", thread);
  FILE* file = fopen(path, "r");
  if (file == NULL) return -1;
  int processor = fgets(line, sizeof line, file) ? last_processor(line) : -1;
  fclose(file);
  return processor;
}

void process_add_processors(cpu_set_t* seen) {
  DIR* folder = opendir("/proc/self/task");
  if (folder == NULL) return;
  for (struct dirent* entry; (entry = readdir(folder)) != NULL;) {
    int processor = *entry->d_name == '.' ? -1 : thread_processor(entry->d_name);
    if (processor >= 0) CPU_SET(processor, seen);
  }
  closedir(folder);
}

// Adds one "first" or "first-last" of the list to the set and returns what follows its comma.
static const char* add_range(const char* text, const char* list, cpu_set_t* set) {
  char* end;
  long first = strtol(text, &end, 10);
  int valid = end != text;
  long last = first;
  if (valid && *end == '-') {
    text = end + 1;
    last = strtol(text, &end, 10);
    valid = end != text;
  }
  if (!valid || first < 0 || last < first || last >= CPU_SETSIZE || (*end && *end != ',')) {
    fail("arguments", "cores=%s is not a list such as 4-7 or 0,2", list);
  }
  for (long core = first; core <= last; ++core) CPU_SET((int)core, set);
  return *end ? end + 1 : end;
}

void process_bind(const char* cores) {
  if (*cores == '\0') return;
  cpu_set_t wanted, given;
  CPU_ZERO(&wanted);
  for (const char* text = cores; *text;) text = add_range(text, cores, &wanted);
  if (sched_setaffinity(0, sizeof wanted, &wanted) != 0) {
    fail("cores", "the kernel refuses cores=%s (%s)", cores, strerror(errno));
  }
  CPU_ZERO(&given);
  sched_getaffinity(0, sizeof given, &given);
  if (!CPU_EQUAL(&wanted, &given)) fail("cores", "the kernel gave other cores than %s", cores);
}

void process_report_set(const char* key, const cpu_set_t* set) {
  json_array(key);
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, set)) json_integer(NULL, core);
  }
  json_array_end();
}

void process_report_cores(const char* key) {
  cpu_set_t given;
  CPU_ZERO(&given);
  sched_getaffinity(0, sizeof given, &given);
  process_report_set(key, &given);
}
