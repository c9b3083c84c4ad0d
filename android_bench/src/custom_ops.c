#include "custom_ops.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "list.h"

enum { kMaxPorts = 16 };

static _Atomic(const Kernel*) failed_kernel;
static _Atomic(const char*) failure;

// Keeps the first failure: those after it follow from it.
static LiteRtStatus failed(const Kernel* kernel, const char* reason) {
  const Kernel* none = NULL;
  if (atomic_compare_exchange_strong(&failed_kernel, &none, kernel)) atomic_store(&failure, reason);
  return 3;  // kLiteRtStatusErrorRuntimeFailure
}

static KernelShape shape_of(const LiteRtLayout* layout) {
  KernelShape shape = {.rank = (int)layout->rank};
  memcpy(shape.dimensions, layout->dimensions, sizeof shape.dimensions);
  return shape;
}

static LiteRtStatus init(void* kernel, const void* options, size_t size) {
  (void)kernel, (void)options, (void)size;
  return 0;
}

static LiteRtStatus destroy(void* kernel) {
  (void)kernel;
  return 0;
}

static LiteRtStatus get_output_layouts(void* user_data, size_t num_inputs,
                                       const LiteRtLayout* inputs, size_t num_outputs,
                                       LiteRtLayout* outputs) {
  const Kernel* kernel = user_data;
  KernelShape from[kMaxPorts] = {0}, to[kMaxPorts] = {0};
  memset(outputs, 0, num_outputs * sizeof *outputs);
  if (num_inputs > kMaxPorts || num_outputs > kMaxPorts) return failed(kernel, "too many tensors");
  for (size_t i = 0; i < num_inputs; ++i) from[i] = shape_of(&inputs[i]);
  const char* reason = kernel->infer(num_inputs, from, num_outputs, to);
  if (reason) return failed(kernel, reason);
  for (size_t i = 0; i < num_outputs; ++i) {
    outputs[i].rank = (unsigned)to[i].rank;
    memcpy(outputs[i].dimensions, to[i].dimensions, sizeof to[i].dimensions);
  }
  return 0;
}

static void lock(LiteRtTensorBuffer buffer, int mode, KernelTensor* tensor) {
  LiteRtRankedTensorType type;
  LITERT(LiteRtGetTensorBufferTensorType, buffer, &type);
  LITERT(LiteRtGetTensorBufferPackedSize, buffer, &tensor->bytes);
  LITERT(LiteRtLockTensorBuffer, buffer, &tensor->data, mode);
  tensor->shape = shape_of(&type.layout);
  tensor->element_type = type.element_type;
}

static LiteRtStatus run(void* user_data, size_t num_inputs, const LiteRtTensorBuffer* inputs,
                        size_t num_outputs, LiteRtTensorBuffer* outputs) {
  const Kernel* kernel = user_data;
  KernelTensor from[kMaxPorts] = {0}, to[kMaxPorts] = {0};
  if (num_inputs > kMaxPorts || num_outputs > kMaxPorts) return failed(kernel, "too many tensors");
  for (size_t i = 0; i < num_inputs; ++i) lock(inputs[i], kLiteRtLockRead, &from[i]);
  for (size_t i = 0; i < num_outputs; ++i) lock(outputs[i], kLiteRtLockWrite, &to[i]);
  const char* reason = kernel->run(num_inputs, from, num_outputs, to);
  for (size_t i = 0; i < num_inputs; ++i) LITERT(LiteRtUnlockTensorBuffer, inputs[i]);
  for (size_t i = 0; i < num_outputs; ++i) LITERT(LiteRtUnlockTensorBuffer, outputs[i]);
  return reason ? failed(kernel, reason) : 0;
}

static const LiteRtCustomOpKernel adapter = {init, get_output_layouts, run, destroy};

void custom_ops_register(LiteRtOptions options) {
#define KERNEL_REGISTER(object)                                               \
  LITERT(LiteRtAddCustomOpKernelOption, options, object.name, 1, &adapter, (void*)&object);
  KERNELS(KERNEL_REGISTER)
#undef KERNEL_REGISTER
}

void custom_ops_check(void) {
  const char* reason = atomic_load(&failure);
  if (reason) fail("kernel", "%s: %s", atomic_load(&failed_kernel)->name, reason);
}
