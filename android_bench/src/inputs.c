#include "inputs.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "element.h"
#include "fail.h"

static FILE* open_numbered(const char* prefix, size_t i, const char* mode) {
  char name[32];
  snprintf(name, sizeof name, "%s%zu.bin", prefix, i);
  FILE* file = fopen(name, mode);
  if (file == NULL) fail("file", "%s: %s", name, strerror(errno));
  return file;
}

PortFiles files_open(const char* prefix, const char* mode, const Port* ports, size_t count) {
  PortFiles files = {count, calloc(count + 1, sizeof(FILE*)), calloc(count + 1, sizeof(void*))};
  if (files.files == NULL || files.samples == NULL) fail("memory", "no room for %zu files", count);
  for (size_t i = 0; i < count; ++i) {
    if (!ports[i].in_file) continue;
    files.files[i] = open_numbered(prefix, i, mode);
    files.samples[i] = malloc(ports[i].bytes + 1);
    if (files.samples[i] == NULL) fail("memory", "no room for %zu bytes", ports[i].bytes);
  }
  return files;
}

void files_close(PortFiles* files) {
  for (size_t i = 0; i < files->count; ++i) {
    if (files->files[i] != NULL && fclose(files->files[i]) != 0) fail("file", "closing file %zu: %s", i, strerror(errno));
    free(files->samples[i]);
  }
  free(files->files);
  free(files->samples);
}

void inputs_next(Model* model, PortFiles* files) {
  for (size_t i = 0; i < files->count; ++i) {
    if (files->files[i] == NULL) continue;
    size_t bytes = model->inputs[i].bytes;
    if (fread(files->samples[i], 1, bytes, files->files[i]) != bytes) {
      fail("file", "in%zu.bin ends before the last sample", i);
    }
    port_write(&model->inputs[i], files->samples[i]);
  }
}

// xorshift64* (Vigna 2014), the upper bits.
static uint32_t next_random(uint64_t* state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return (uint32_t)((*state * 2685821657736338717ull) >> 32);
}

static void make_up(const Port* port, uint64_t* state, void* sample) {
  memset(sample, 0, port->bytes);
  switch (port->type.element_type) {
    case kElement_float32: {
      float* values = sample;
      for (size_t i = 0; i < port->bytes / sizeof *values; ++i) {
        values[i] = (float)next_random(state) * 0x1p-31f - 1.0f;
      }
      break;
    }
    case kElement_int8:
    case kElement_uint8:
    case kElement_int16: {
      uint8_t* bytes = sample;
      for (size_t i = 0; i < port->bytes; ++i) bytes[i] = (uint8_t)next_random(state);
      break;
    }
    default:
      break;  // an index of 0 is in every table
  }
}

static void inputs_make_up(Model* model, long seed) {
  uint64_t state = 0x9e3779b97f4a7c15ull + (uint64_t)seed;
  for (size_t i = 0; i < model->num_inputs; ++i) {
    void* sample = malloc(model->inputs[i].bytes + 1);
    if (sample == NULL) fail("memory", "no room for %zu bytes", model->inputs[i].bytes);
    make_up(&model->inputs[i], &state, sample);
    port_write(&model->inputs[i], sample);
    free(sample);
  }
}

void inputs_fill(Model* model, const Args* args) {
  if (args->count == 0) {
    inputs_make_up(model, args->seed);
    return;
  }
  PortFiles files = files_open("in", "rb", model->inputs, model->num_inputs);
  inputs_next(model, &files);
  files_close(&files);
}
