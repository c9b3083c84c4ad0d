#include "options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accelerator.h"
#include "custom_ops.h"
#include "fail.h"

// XNNPACK's flags for statistics that every processor gives alike: its integer and dynamic kernels,
// as LiteRT's own default has them, and no float kernel whose last bit depends on the instructions
// that are there (TFLITE_XNNPACK_DELEGATE_FLAG_SLOW_CONSISTENT_ARITHMETIC).
enum { kQs8 = 0x1, kQu8 = 0x2, kDynamicFullyConnected = 0x8, kConsistent = 0x200 };

// A TOML text, which LiteRT parses and frees. It takes a misspelt key in silence: the tests look
// for the effect of each.
typedef struct {
  char* text;
  size_t used;
} Toml;

enum { kTomlSize = 256 };

static Toml toml_new(void) {
  Toml toml = {calloc(kTomlSize, 1), 0};
  if (toml.text == NULL) fail("memory", "no room for LiteRT's options");
  return toml;
}

__attribute__((format(printf, 2, 3))) static void toml_add(Toml* toml, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t room = kTomlSize - toml->used;
  int length = vsnprintf(toml->text + toml->used, room, format, arguments);
  va_end(arguments);
  if (length < 0 || (size_t)length >= room) fail("memory", "LiteRT's options are too long");
  toml->used += (size_t)length;
}

static void add(LiteRtOptions options, const char* identifier, Toml toml) {
  LiteRtOpaqueOptions opaque;
  LITERT(LiteRtCreateOpaqueOptions, identifier, toml.text, free, &opaque);
  LITERT(LiteRtAddOpaqueOptions, options, opaque);
}

static void add_cpu(LiteRtOptions options, const Args* args) {
  Toml toml = toml_new();
  toml_add(&toml, "num_threads = %ld\n", args->threads);
  if (strcmp(args->mode, "calibrate") == 0) {
    toml_add(&toml, "flags = %d\n", kQs8 | kQu8 | kDynamicFullyConnected | kConsistent);
  }
  if (args->weight_cache) toml_add(&toml, "weight_cache_file_path = \"%s\"\n", WEIGHT_CACHE_FILE);
  add(options, "xnnpack", toml);
}

static void add_runtime(LiteRtOptions options) {
  Toml toml = toml_new();
  toml_add(&toml, "enable_profiling = true\n");
  add(options, "runtime_options_string", toml);
}

LiteRtOptions options_make(const Args* args) {
  LiteRtOptions options;
  LITERT(LiteRtCreateOptions, &options);
  LITERT(LiteRtSetOptionsHardwareAccelerators, options, accelerator_set(args));
  add_cpu(options, args);
  if (strcmp(args->mode, "profile") == 0) add_runtime(options);
  custom_ops_register(options);
  return options;
}
