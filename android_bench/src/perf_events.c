#define _GNU_SOURCE
#include "perf_events.h"

#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail.h"

// Tests have a folder of their own.
#ifndef UNITS
#define UNITS "/sys/bus/event_source/devices"
#endif

// How memory controllers call their events. What Linux tells of an event is preferred to `terms`.
static const struct {
  const char *unit, *event, *terms;  // how the unit's name begins
  bool writes;
  double bytes;  // for each count, where the kernel gives no scale
} kEvents[] = {
    {"uncore_imc", "cas_count_read", NULL, false, 64},
    {"uncore_imc", "cas_count_write", NULL, true, 64},
    {"uncore_imc", "data_reads", NULL, false, 64},
    {"uncore_imc", "data_writes", NULL, true, 64},
    {"uncore_imc", "data_read", NULL, false, 64},
    {"uncore_imc", "data_write", NULL, true, 64},
    // umc_cas_cmd.rd and .wr of AMD's processors since Zen 4; the kernel does not list them.
    {"amd_umc", "umc_cas_cmd.rd", "event=0x0a,rdwrmask=0x1", false, 64},
    {"amd_umc", "umc_cas_cmd.wr", "event=0x0a,rdwrmask=0x2", true, 64},
};

static bool read_text(const char* path, char* text, size_t room) {
  FILE* file = fopen(path, "r");
  if (file == NULL) return false;
  bool found = fgets(text, (int)room, file) != NULL;
  fclose(file);
  if (found) text[strcspn(text, "\n")] = '\0';
  return found;
}

__attribute__((format(printf, 3, 4))) static bool read_unit(char* text, size_t room,
                                                            const char* format, ...) {
  char path[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(path, sizeof path, format, arguments);
  va_end(arguments);
  return read_text(path, text, room);
}

// Puts the bits of a value where "0-7,32" says, its lowest first.
static uint64_t place_bits(uint64_t value, const char* ranges) {
  uint64_t placed = 0;
  while (*ranges) {
    char* end;
    unsigned long first = strtoul(ranges, &end, 10), last = first;
    if (*end == '-') last = strtoul(end + 1, &end, 10);
    for (unsigned long bit = first; bit <= last && bit < 64; ++bit, value >>= 1) {
      placed |= (value & 1) << bit;
    }
    if (*end != ',') break;
    ranges = end + 1;
  }
  return placed;
}

// One "umask=0x3", by what the unit's folder `format` says of the term: "config:8-15".
static bool set_term(const char* unit, char* term, struct perf_event_attr* event) {
  char format[128];
  char* equals = strchr(term, '=');
  uint64_t value = equals ? strtoull(equals + 1, NULL, 0) : 1;
  if (equals) *equals = '\0';
  if (!read_unit(format, sizeof format, UNITS "/%s/format/%s", unit, term)) return false;
  char* ranges = strchr(format, ':');
  if (ranges == NULL) return false;
  *ranges++ = '\0';
  if (strcmp(format, "config") == 0) event->config |= place_bits(value, ranges);
  else if (strcmp(format, "config1") == 0) event->config1 |= place_bits(value, ranges);
  else if (strcmp(format, "config2") == 0) event->config2 |= place_bits(value, ranges);
  else return false;
  return true;
}

static bool set_terms(const char* unit, char* terms, struct perf_event_attr* event) {
  char* rest;
  for (char* term = strtok_r(terms, ",", &rest); term; term = strtok_r(NULL, ",", &rest)) {
    if (!set_term(unit, term, event)) return false;
  }
  return true;
}

static int open_event(struct perf_event_attr* event, pid_t process, int processor) {
  event->size = sizeof *event;
  event->read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return (int)syscall(SYS_perf_event_open, event, process, processor, -1, PERF_FLAG_FD_CLOEXEC);
}

static void add(Counters* counters, Counter counter) {
  if (counters->count == counters->room) {
    counters->room = 2 * counters->room + 8;
    counters->counters = realloc(counters->counters, counters->room * sizeof(Counter));
    if (counters->counters == NULL) fail("memory", "no room for %zu counters", counters->room);
  }
  counters->counters[counters->count++] = counter;
}

// errno in words, with the setting that most often is its cause.
static void add_reason(Counters* counters, const char* what, int error) {
  char level[16] = "unknown";
  read_text("/proc/sys/kernel/perf_event_paranoid", level, sizeof level);
  size_t used = strlen(counters->reason);
  const char* comma = used ? "; " : "";
  snprintf(counters->reason + used, sizeof counters->reason - used,
           error == EACCES || error == EPERM ? "%s%s: not permitted (perf_event_paranoid is %s)"
                                             : "%s%s: %s (perf_event_paranoid is %s)",
           comma, what, error == EACCES || error == EPERM ? level : strerror(error), level);
}

static double bytes_of_count(const char* unit, size_t i) {
  char scale[64], name[32];
  const char* event = kEvents[i].event;
  if (!read_unit(scale, sizeof scale, UNITS "/%s/events/%s.scale", unit, event) ||
      !read_unit(name, sizeof name, UNITS "/%s/events/%s.unit", unit, event)) {
    return kEvents[i].bytes;
  }
  return strcmp(name, "MiB") == 0 ? atof(scale) * (1 << 20) : kEvents[i].bytes;
}

// One event of one controller, once for each processor of its `cpumask`: one a socket.
static void open_unit_event(Counters* counters, const char* unit, size_t i) {
  char terms[256], type[32], processors[256];
  if (!read_unit(terms, sizeof terms, UNITS "/%s/events/%s", unit, kEvents[i].event)) {
    if (kEvents[i].terms == NULL) return;
    snprintf(terms, sizeof terms, "%s", kEvents[i].terms);
  }
  struct perf_event_attr event = {0};
  if (!read_unit(type, sizeof type, UNITS "/%s/type", unit) || !set_terms(unit, terms, &event)) {
    return;
  }
  event.type = (uint32_t)atoi(type);
  if (!read_unit(processors, sizeof processors, UNITS "/%s/cpumask", unit)) {
    strcpy(processors, "0");
  }
  Counter counter = {.writes = kEvents[i].writes, .bytes = bytes_of_count(unit, i)};
  snprintf(counter.name, sizeof counter.name, "%.80s %s", unit, kEvents[i].event);
  char* rest;
  for (char* one = strtok_r(processors, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
    counter.file = open_event(&event, -1, atoi(one));
    if (counter.file >= 0) add(counters, counter);
    else add_reason(counters, counter.name, errno);
  }
}

static void open_controllers(Counters* counters) {
  DIR* folder = opendir(UNITS);
  if (folder == NULL) {
    add_reason(counters, UNITS, errno);
    return;
  }
  for (struct dirent* entry; (entry = readdir(folder)) != NULL;) {
    for (size_t i = 0; i < sizeof kEvents / sizeof *kEvents; ++i) {
      if (strncmp(entry->d_name, kEvents[i].unit, strlen(kEvents[i].unit)) == 0) {
        open_unit_event(counters, entry->d_name, i);
      }
    }
  }
  closedir(folder);
  if (counters->count == 0 && *counters->reason == '\0') {
    strcpy(counters->reason, "the kernel has no counter of a memory controller in " UNITS);
  }
}

static void open_misses(Counters* counters) {
  struct perf_event_attr event = {.type = PERF_TYPE_HW_CACHE, .inherit = 1, .exclude_kernel = 1};
  event.config = PERF_COUNT_HW_CACHE_LL | PERF_COUNT_HW_CACHE_OP_READ << 8 |
                 PERF_COUNT_HW_CACHE_RESULT_MISS << 16;
  Counter counter = {.name = "last-level cache read misses", .bytes = 64};
  counter.file = open_event(&event, 0, -1);
  if (counter.file >= 0) add(counters, counter);
  else add_reason(counters, counter.name, errno);
}

Counters counters_open(void) {
  Counters counters = {0};
  open_controllers(&counters);
  if (counters.count == 0) open_misses(&counters);
  return counters;
}

double counter_read(const Counter* counter) {
  struct {
    uint64_t count, enabled, running;
  } value;
  if (read(counter->file, &value, sizeof value) != sizeof value || value.running == 0) return -1;
  return (double)value.count * ((double)value.enabled / (double)value.running) * counter->bytes;
}
