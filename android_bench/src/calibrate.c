#include "calibrate.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "element.h"
#include "fail.h"
#include "inputs.h"
#include "progress.h"
#include "state.h"
#include "statistics.h"

// stats.bin is little-endian, as are all processors that the runner is built for.
static const char kMagic[4] = {'T', 'K', 'S', 'T'};
static const uint32_t kFormat = 1;

enum { kInput = 0, kOutput = 1 };

// A float32 input or output, and what was seen of it.
typedef struct {
  uint32_t side, index;
  const Port* port;
  Statistics statistics;
} Watched;

typedef struct {
  size_t count;
  Watched* ports;
} Watch;

static size_t channels_of(const Port* port) {
  unsigned rank = port->type.layout.rank;
  return rank == 0 ? 1 : (size_t)port->type.layout.dimensions[rank - 1];
}

static void watch_side(Watch* watch, uint32_t side, const Port* ports, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    size_t elements = ports[i].bytes / sizeof(float);
    if (ports[i].type.element_type != kElement_float32 || elements == 0) continue;
    // A carried input is a carried output of the run before, and that is watched.
    if (side == kInput && !ports[i].in_file) continue;
    watch->ports[watch->count++] = (Watched){
        side, (uint32_t)i, &ports[i], statistics_new(elements, channels_of(&ports[i]))};
  }
}

static Watch watch_all(const Model* model) {
  Watch watch = {0, calloc(model->num_inputs + model->num_outputs + 1, sizeof(Watched))};
  if (watch.ports == NULL) fail("memory", "no room for %zu tensors", model->num_outputs);
  watch_side(&watch, kInput, model->inputs, model->num_inputs);
  watch_side(&watch, kOutput, model->outputs, model->num_outputs);
  return watch;
}

// In place: the outputs are as large as all activations together, too much to copy.
static void watch_output(Watched* watched) {
  void* memory;
  LITERT(LiteRtLockTensorBuffer, watched->port->buffer, &memory, kLiteRtLockRead);
  statistics_add(&watched->statistics, memory);
  LITERT(LiteRtUnlockTensorBuffer, watched->port->buffer);
}

static void watch_sample(Watch* watch, const PortFiles* inputs) {
  for (size_t i = 0; i < watch->count; ++i) {
    Watched* watched = &watch->ports[i];
    if (watched->side == kInput) {
      statistics_add(&watched->statistics, inputs->samples[watched->index]);
    } else {
      watch_output(watched);
    }
  }
}

static void write_stats(const Watch* watch) {
  FILE* file = fopen("stats.bin", "wb");
  if (file == NULL) fail("file", "stats.bin: %s", strerror(errno));
  const uint32_t head[] = {kFormat, (uint32_t)watch->count};
  size_t written = fwrite(kMagic, 1, sizeof kMagic, file) + fwrite(head, 1, sizeof head, file);
  for (size_t i = 0; i < watch->count; ++i) {
    const uint32_t which[] = {watch->ports[i].side, watch->ports[i].index};
    written += fwrite(which, 1, sizeof which, file);
    statistics_write(&watch->ports[i].statistics, file);
  }
  size_t expected = sizeof kMagic + sizeof head + watch->count * 2 * sizeof(uint32_t);
  if (fclose(file) != 0 || written != expected) fail("file", "stats.bin: %s", strerror(errno));
}

void calibrate(Model* model, const Args* args) {
  PortFiles inputs = files_open("in", "rb", model->inputs, model->num_inputs);
  Watch watch = watch_all(model);
  double last = clock_us();
  for (long i = 0; i < args->count; ++i) {
    for (long step = 0; step < args->steps; ++step) {
      inputs_next(model, &inputs);
      state_next(model);
      model_run(model);
      watch_sample(&watch, &inputs);
    }
    progress_report(i + 1, &last);
  }
  files_close(&inputs);
  write_stats(&watch);
  for (size_t i = 0; i < watch.count; ++i) statistics_free(&watch.ports[i].statistics);
  free(watch.ports);
}
