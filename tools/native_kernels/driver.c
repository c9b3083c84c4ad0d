// Calls kernels for a test in a process of their own: under an emulator, or with sanitizers.
//
// Reads requests from stdin and answers on stdout until stdin ends; driver.py is the other side and
// has the order of the fields. Numbers are little-endian, as on every processor we build for.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guarded.h"
#include "isa.h"
#include "list.h"
#include "parallel.h"

enum { kMostPorts = 32, kMostName = 64, kNoReason = -1 };

typedef struct {
  int32_t element_type, rank, dimensions[KERNEL_MAX_RANK];
  int32_t offset;   // of the data behind a multiple of 64
  int32_t same_as;  // the input whose memory an output has; -1 for none
  uint64_t bytes;
} Header;

typedef struct {
  size_t count;
  Header headers[kMostPorts];
  Guarded places[kMostPorts];
  KernelTensor tensors[kMostPorts];
} Ports;

static void get(void* into, size_t bytes) {
  if (bytes > 0 && fread(into, bytes, 1, stdin) != 1) exit(feof(stdin) ? 0 : 1);
}

// What is answered to one request: written as a whole, after its length.
static FILE* answer;

static void put(const void* from, size_t bytes) {
  if (bytes > 0 && fwrite(from, bytes, 1, answer) != 1) exit(1);
}

static int32_t get_number(void) {
  int32_t value;
  get(&value, sizeof value);
  return value;
}

static void put_number(int32_t value) { put(&value, sizeof value); }

static void get_text(char text[kMostName]) {
  size_t length = (size_t)get_number();
  if (length >= kMostName) exit(1);
  get(text, length);
  text[length] = 0;
}

static void put_reason(const char* reason) {
  put_number(reason == NULL ? kNoReason : (int32_t)strlen(reason));
  if (reason != NULL) put(reason, strlen(reason));
}

static const Kernel* get_kernel(void) {
  static const Kernel* const kernels[] = {
#define KERNEL_POINTER(object) &object,
      KERNELS(KERNEL_POINTER)
#undef KERNEL_POINTER
  };
  char name[kMostName];
  get_text(name);
  for (size_t i = 0; i < sizeof kernels / sizeof *kernels; ++i) {
    if (strcmp(kernels[i]->name, name) == 0) return kernels[i];
  }
  fprintf(stderr, "there is no kernel %s\n", name);
  exit(1);
}

static size_t get_count(void) {
  int32_t count = get_number();
  if (count < 0 || count > kMostPorts) exit(1);
  return (size_t)count;
}

static void get_ports(Ports* ports, const Ports* inputs) {
  ports->count = get_count();
  for (size_t i = 0; i < ports->count; ++i) {
    Header* header = &ports->headers[i];
    get(header, sizeof *header);
    if (header->same_as >= 0) {
      ports->places[i] = inputs->places[header->same_as];
    } else {
      ports->places[i] = guarded_reserve(header->bytes, (size_t)header->offset);
      get(ports->places[i].data, header->bytes);
    }
    KernelTensor* tensor = &ports->tensors[i];
    *tensor = (KernelTensor){ports->places[i].data, {header->rank, {0}}, header->element_type,
                             header->bytes};
    memcpy(tensor->shape.dimensions, header->dimensions, sizeof header->dimensions);
  }
}

static void release(Ports* ports) {
  for (size_t i = 0; i < ports->count; ++i) {
    if (ports->headers[i].same_as >= 0) continue;
    if (!guarded_is_whole(&ports->places[i])) {
      fputs("the kernel wrote outside of a tensor\n", stderr);
      exit(1);
    }
    guarded_release(&ports->places[i]);
  }
}

static void run(void) {
  static Ports inputs, outputs;
  const Kernel* kernel = get_kernel();
  char isa[kMostName];
  get_text(isa);
  get_ports(&inputs, NULL);
  get_ports(&outputs, &inputs);
  if (*isa) setenv("TFLITEKIT_ISA", isa, 1);
  const char* reason =
      kernel->run(inputs.count, inputs.tensors, outputs.count, outputs.tensors);
  unsetenv("TFLITEKIT_ISA");
  for (size_t i = 0; i < outputs.count; ++i) put(outputs.tensors[i].data, outputs.headers[i].bytes);
  put_reason(reason);
  release(&outputs);
  release(&inputs);
}

static void get_shapes(KernelShape* shapes, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    shapes[i].rank = get_number();
    get(shapes[i].dimensions, sizeof shapes[i].dimensions);
  }
}

static void infer(void) {
  KernelShape inputs[kMostPorts] = {0}, outputs[kMostPorts] = {0};
  const Kernel* kernel = get_kernel();
  size_t num_inputs = get_count();
  get_shapes(inputs, num_inputs);
  size_t num_outputs = get_count();
  const char* reason = kernel->infer(num_inputs, inputs, num_outputs, outputs);
  put(outputs, num_outputs * sizeof *outputs);
  put_reason(reason);
}

static void isas(void) {
  const char* names[kIsaMost];
  size_t count = isa_names(names);
  put_number((int32_t)count);
  for (size_t i = 0; i < count; ++i) put_reason(names[i]);
}

static void threads(void) { parallel_use(get_number()); }

static void carry_out(int32_t command) {
  static void (*const commands[])(void) = {isas, threads, infer, run};
  if (command < 0 || command >= (int32_t)(sizeof commands / sizeof *commands)) exit(1);
  char* bytes;
  size_t length;
  answer = open_memstream(&bytes, &length);
  if (answer == NULL) exit(1);
  commands[command]();
  fclose(answer);
  uint64_t size = length;
  fwrite(&size, sizeof size, 1, stdout);
  fwrite(bytes, 1, length, stdout);
  fflush(stdout);
  free(bytes);
}

int main(void) {
  for (;;) carry_out(get_number());
}
