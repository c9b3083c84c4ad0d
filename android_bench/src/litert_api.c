#include "litert_api.h"

#include <dlfcn.h>
#include <string.h>

#include "fail.h"

LiteRtApi litert;

static void resolve(void* library, const char* name, void* slot) {
  void* symbol = dlsym(library, name);
  if (symbol == NULL) fail("library", "%s is not in this LiteRT library", name);
  // ISO C has no cast from an object pointer to a function pointer; POSIX promises the copy.
  memcpy(slot, &symbol, sizeof symbol);
}

void litert_open(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) fail("library", "cannot load LiteRT: %s", dlerror());
#define LITERT_RESOLVE(result, name, parameters) resolve(library, #name, &litert.name);
  LITERT_FUNCTIONS(LITERT_RESOLVE)
#undef LITERT_RESOLVE
}

// The library does not export its own names; these are of litert_common.h.
static const struct {
  LiteRtStatus status;
  const char* name;
} kStatusNames[] = {
    {1, "invalid argument"},      {2, "memory allocation failure"}, {3, "runtime failure"},
    {4, "missing input tensor"},  {5, "unsupported"},               {6, "not found"},
    {7, "timeout expired"},       {8, "wrong version"},             {9, "unknown"},
    {10, "already exists"},       {100, "cancelled"},               {500, "file I/O"},
    {501, "invalid flatbuffer"},  {502, "dynamic loading"},         {503, "serialization"},
    {504, "compilation"},         {1000, "index out of bounds"},    {1001, "invalid IR type"},
    {1002, "invalid graph"},      {1500, "invalid tool configuration"},
    {5000, "no shape inference"}, {5001, "shape inference failed"},
};

static const char* status_name(LiteRtStatus status) {
  for (size_t i = 0; i < sizeof kStatusNames / sizeof *kStatusNames; ++i) {
    if (kStatusNames[i].status == status) return kStatusNames[i].name;
  }
  return "a status without a name";
}

void litert_check(LiteRtStatus status, const char* call) {
  if (status != 0) fail("litert", "%s: status %d, %s", call, status, status_name(status));
}
