#include "accelerator.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "json.h"

// The bits of LiteRtHwAccelerators in litert_common.h.
static const struct {
  const char* name;
  int bit;
} kAccelerators[] = {{"cpu", 1}, {"gpu", 2}, {"npu", 4}};

static int bit_of(const char* name) {
  for (size_t i = 0; i < sizeof kAccelerators / sizeof *kAccelerators; ++i) {
    if (strcmp(kAccelerators[i].name, name) == 0) return kAccelerators[i].bit;
  }
  fail("arguments", "accelerator=%s is not one of cpu, gpu, npu", name);
}

int accelerator_set(const Args* args) { return kLiteRtAcceleratorCpu | bit_of(args->accelerator); }

// litert_environment_options.h and litert_any.h.
enum { kCompilerPluginDir = 0, kDispatchDir = 1, kRuntimeDir = 22, kAnyString = 8 };

typedef struct {
  int tag;
  struct {
    int type;
    union {
      const char* text;
      int64_t integer;
    } value;
  } any;
} EnvironmentOption;

_Static_assert(sizeof(EnvironmentOption) == 24, "LiteRtEnvOption is 24 bytes in LiteRT 2.x");

typedef struct LiteRtAcceleratorT* LiteRtAccelerator;

// Functions that only an accelerator needs, so that a library without them still serves the CPU.
static bool find(const Args* args, const char* name, void* slot) {
  void* library = dlopen(args->library, RTLD_NOW | RTLD_LOCAL);
  void* symbol = library == NULL ? NULL : dlsym(library, name);
  memcpy(slot, &symbol, sizeof symbol);
  return symbol != NULL;
}

static bool has_driver(const Args* args, LiteRtEnvironment environment, int bit) {
  LiteRtStatus (*count)(LiteRtEnvironment, LiteRtParamIndex*);
  LiteRtStatus (*get)(LiteRtEnvironment, LiteRtParamIndex, LiteRtAccelerator*);
  LiteRtStatus (*hardware)(LiteRtAccelerator, int*);
  if (!find(args, "LiteRtGetNumAccelerators", &count) ||
      !find(args, "LiteRtGetAccelerator", &get) ||
      !find(args, "LiteRtGetAcceleratorHardwareSupport", &hardware)) {
    return true;  // compiling the model will tell
  }
  LiteRtParamIndex number = 0;
  litert_check(count(environment, &number), "LiteRtGetNumAccelerators");
  for (LiteRtParamIndex i = 0; i < number; ++i) {
    LiteRtAccelerator one;
    int supported = 0;
    litert_check(get(environment, i, &one), "LiteRtGetAccelerator");
    litert_check(hardware(one, &supported), "LiteRtGetAcceleratorHardwareSupport");
    if (supported & bit) return true;
  }
  return false;
}

LiteRtEnvironment accelerator_environment(const Args* args) {
  LiteRtEnvironment environment;
  int bit = bit_of(args->accelerator);
  if (bit == kLiteRtAcceleratorCpu) {
    LITERT(LiteRtCreateEnvironment, 0, NULL, &environment);
    return environment;
  }
  static char folder[4096];  // LiteRT keeps the pointer
  const char* slash = strrchr(args->library, '/');
  snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - args->library) : 1,
           slash ? args->library : ".");
  EnvironmentOption options[] = {
      {kCompilerPluginDir, {kAnyString, {.text = folder}}},
      {kDispatchDir, {kAnyString, {.text = folder}}},
      {kRuntimeDir, {kAnyString, {.text = folder}}},
  };
  LITERT(LiteRtCreateEnvironment, sizeof options / sizeof *options, options, &environment);
  if (!has_driver(args, environment, bit)) {
    fail("accelerator", "LiteRT found no %s: its driver is not there, or cannot be loaded",
         args->accelerator);
  }
  return environment;
}

void accelerator_report(const Args* args, LiteRtCompiledModel compiled) {
  if (bit_of(args->accelerator) == kLiteRtAcceleratorCpu) return;
  // Not IsFullyAccelerated, which counts what the CPU's delegate took as well.
  LiteRtStatus (*fully)(LiteRtCompiledModel, bool*);
  bool all = false;
  if (!find(args, "LiteRtCompiledModelIsNonCpuFullyAccelerated", &fully)) return;
  litert_check(fully(compiled, &all), "LiteRtCompiledModelIsNonCpuFullyAccelerated");
  json_boolean("fully_accelerated", all);
}
