#include "metric.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "element.h"
#include "fail.h"
#include "json.h"

static const struct {
  const char* name;
  int rank;
} kMetrics[] = {{"top1", 1}, {"top5", 5}};

static int rank_of(const char* name) {
  for (size_t i = 0; i < sizeof kMetrics / sizeof *kMetrics; ++i) {
    if (strcmp(kMetrics[i].name, name) == 0) return kMetrics[i].rank;
  }
  fail("arguments", "metric=%s is not one of top1, top5", name);
}

Metric metric_open(const char* name, const Model* model) {
  Metric metric = {.name = name};
  if (*name == '\0') return metric;
  metric.rank = rank_of(name);
  metric.scores = &model->outputs[0];
  metric.labels = fopen("labels.bin", "rb");
  if (metric.labels == NULL) fail("file", "labels.bin: %s", strerror(errno));
  return metric;
}

// How many scores come before that of `label`; equal scores are ordered by their index.
#define COUNT_BEFORE(type)                                     \
  do {                                                         \
    const type* values = scores;                               \
    size_t count = bytes / sizeof(type);                       \
    if (label >= count) return -1;                             \
    for (size_t i = 0; i < count; ++i) {                       \
      before += values[i] > values[label] || (values[i] == values[label] && i < label); \
    }                                                          \
  } while (0)

static long count_before(int element_type, const void* scores, size_t bytes, size_t label) {
  long before = 0;
  switch (element_type) {
    case kElement_float32: COUNT_BEFORE(float); break;
    case kElement_int8: COUNT_BEFORE(int8_t); break;
    case kElement_uint8: COUNT_BEFORE(uint8_t); break;
    case kElement_int16: COUNT_BEFORE(int16_t); break;
    default: fail("metric", "scores of type %s have no order", element_name(element_type));
  }
  return before;
}

void metric_add(Metric* metric, void* const* outputs) {
  if (*metric->name == '\0') return;
  int32_t label;
  if (fread(&label, sizeof label, 1, metric->labels) != 1) {
    fail("file", "labels.bin ends before the last sample");
  }
  const Port* scores = metric->scores;
  long before =
      count_before(scores->type.element_type, outputs[0], scores->bytes, (size_t)(uint32_t)label);
  if (before < 0) fail("metric", "label %d has no score in output %s", label, scores->name);
  metric->correct += before < metric->rank;
}

void metric_close(Metric* metric, long count) {
  if (*metric->name == '\0') return;
  fclose(metric->labels);
  json_begin("metric");
  json_string("name", metric->name);
  json_integer("correct", metric->correct);
  json_integer("n", count);
  json_number("value", count ? (double)metric->correct / (double)count : 0.0);
  json_end();
}
