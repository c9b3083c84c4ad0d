#include "op_times.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "json.h"

// Which op it is: LiteRT numbers the ops of a subgraph as the file does, and XNNPACK its own within
// each partition, from 0.
typedef struct {
  int kind;
  long partition;  // of those that XNNPACK computes, in the order of the run; -1 outside
  uint64_t index;
} Identity;

typedef struct {
  Identity identity;
  char* name;
  double* us;  // of each run
} OpTime;

struct OpTimes {
  long runs;
  size_t count, room;
  OpTime* ops;
};

enum { kDelegates = kLiteRtDelegateOperatorInvoke | kLiteRtDelegateProfiledOperatorInvoke };

OpTimes* op_times_new(long runs) {
  OpTimes* times = calloc(1, sizeof *times);
  if (times == NULL) fail("memory", "no room for a profile");
  times->runs = runs;
  return times;
}

static OpTime* add_op(OpTimes* times, const Identity* identity, const char* name) {
  if (times->count == times->room) {
    times->room = 2 * times->room + 64;
    times->ops = realloc(times->ops, times->room * sizeof *times->ops);
    if (times->ops == NULL) fail("memory", "no room for %zu ops", times->room);
  }
  OpTime* op = &times->ops[times->count++];
  *op = (OpTime){*identity, strdup(name), calloc((size_t)times->runs, sizeof(double))};
  if (op->name == NULL || op->us == NULL) fail("memory", "no room for %zu ops", times->count);
  return op;
}

static bool is_same(const OpTime* op, const Identity* identity, const char* name) {
  return op->identity.kind == identity->kind && op->identity.partition == identity->partition &&
         op->identity.index == identity->index && strcmp(op->name, name) == 0;
}

// Runs are alike: the op that comes next is most often the one behind the last.
static OpTime* find(OpTimes* times, const Identity* identity, const char* name, size_t hint) {
  for (size_t i = 0; i < times->count; ++i) {
    OpTime* op = &times->ops[(hint + i) % times->count];
    if (is_same(op, identity, name)) return op;
  }
  return add_op(times, identity, name);
}

double op_times_add(OpTimes* times, long run, const ProfiledEventData* events, int count) {
  long partition = -1;
  bool inside = false;
  uint64_t last = 0;
  size_t hint = 0;
  double sum = 0;
  for (int i = 0; i < count; ++i) {
    const ProfiledEventData* event = &events[i];
    bool delegated = (event->event_type & kDelegates) != 0;
    if (!delegated && event->event_type != kLiteRtOperatorInvoke) continue;
    if (delegated && (!inside || event->event_metadata1 <= last)) ++partition;
    inside = delegated;
    last = event->event_metadata1;
    Identity identity = {event->event_type, delegated ? partition : -1, event->event_metadata1};
    OpTime* op = find(times, &identity, event->tag, hint);
    op->us[run] += (double)event->elapsed_time_us;
    sum += (double)event->elapsed_time_us;
    hint = (size_t)(op - times->ops) + 1;
  }
  return sum;
}

static int compare(const void* a, const void* b) {
  double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

double middle_mean(double* values, long count) {
  qsort(values, (size_t)count, sizeof *values, compare);
  long begin = count / 4, end = count - begin;
  double sum = 0;
  for (long i = begin; i < end; ++i) sum += values[i];
  return sum / (double)(end - begin);
}

void op_times_report(OpTimes* times, long runs) {
  for (size_t i = 0; i < times->count; ++i) {
    OpTime* op = &times->ops[i];
    json_begin("op");
    json_string("name", op->name);
    json_integer("index", (int64_t)op->identity.index);
    json_integer("partition", op->identity.partition);
    json_number("us", middle_mean(op->us, runs));
    json_end();
  }
}
