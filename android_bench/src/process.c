#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void process_report_cores(const char* key) {
  cpu_set_t given;
  CPU_ZERO(&given);
  sched_getaffinity(0, sizeof given, &given);
  json_array(key);
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &given)) json_integer(NULL, core);
  }
  json_array_end();
}
