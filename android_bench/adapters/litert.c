// Our kernels as LiteRT 2 sees them.
#include <string.h>

#include "failure.h"
#include "list.h"
#include "litert_types.h"
#include "tflitekit_kernels.h"

enum { kMostPorts = 16 };

typedef LiteRtStatus AddCustomOp(LiteRtOptions, const char*, int, const LiteRtCustomOpKernel*,
                                 void*);
typedef LiteRtStatus GetType(LiteRtTensorBuffer, LiteRtRankedTensorType*);
typedef LiteRtStatus GetBytes(LiteRtTensorBuffer, size_t*);
typedef LiteRtStatus Lock(LiteRtTensorBuffer, void**, int);
typedef LiteRtStatus Unlock(LiteRtTensorBuffer);

// Of the one LiteRT library that is in the process.
static TflitekitLiteRt litert_functions;

#define CALL(type, member, ...) ((type*)litert_functions.member)(__VA_ARGS__)

static LiteRtStatus failed(const Kernel* kernel, const char* reason) {
  failure_keep(kernel, reason);
  return kLiteRtStatusErrorRuntimeFailure;
}

static KernelShape shape_of(const LiteRtLayout* layout) {
  KernelShape shape = {.rank = (int)layout->rank};
  memcpy(shape.dimensions, layout->dimensions, sizeof shape.dimensions);
  return shape;
}

static LiteRtStatus init(void* kernel, const void* options, size_t size) {
  (void)kernel, (void)options, (void)size;
  return kLiteRtStatusOk;
}

static LiteRtStatus destroy(void* kernel) {
  (void)kernel;
  return kLiteRtStatusOk;
}

static LiteRtStatus get_output_layouts(void* user_data, size_t num_inputs,
                                       const LiteRtLayout* inputs, size_t num_outputs,
                                       LiteRtLayout* outputs) {
  const Kernel* kernel = user_data;
  KernelShape from[kMostPorts] = {0}, to[kMostPorts] = {0};
  memset(outputs, 0, num_outputs * sizeof *outputs);
  if (num_inputs > kMostPorts || num_outputs > kMostPorts) return failed(kernel, "too many tensors");
  for (size_t i = 0; i < num_inputs; ++i) {
    if (inputs[i].rank > KERNEL_MAX_RANK) return failed(kernel, "a tensor has too many axes");
    from[i] = shape_of(&inputs[i]);
  }
  const char* reason = kernel->infer(num_inputs, from, num_outputs, to);
  if (reason) return failed(kernel, reason);
  for (size_t i = 0; i < num_outputs; ++i) {
    outputs[i].rank = (unsigned)to[i].rank;
    memcpy(outputs[i].dimensions, to[i].dimensions, sizeof to[i].dimensions);
  }
  return kLiteRtStatusOk;
}

// NULL, or what is wrong. `count` counts the buffers that are locked.
static const char* lock_all(size_t num, const LiteRtTensorBuffer* buffers, int mode,
                            KernelTensor* tensors, size_t* count) {
  for (*count = 0; *count < num; ++*count) {
    LiteRtRankedTensorType type;
    KernelTensor* tensor = &tensors[*count];
    if (CALL(GetType, get_type, buffers[*count], &type) != kLiteRtStatusOk) {
      return "LiteRT does not give the type of a tensor";
    }
    // LiteRT runs an op although its shapes were refused.
    if (type.layout.rank > KERNEL_MAX_RANK) return "a tensor has too many axes";
    if (CALL(GetBytes, get_bytes, buffers[*count], &tensor->bytes) != kLiteRtStatusOk ||
        CALL(Lock, lock, buffers[*count], &tensor->data, mode) != kLiteRtStatusOk) {
      return "LiteRT does not give the memory of a tensor";
    }
    tensor->shape = shape_of(&type.layout);
    tensor->element_type = type.element_type;
  }
  return NULL;
}

static void unlock_all(size_t count, const LiteRtTensorBuffer* buffers) {
  for (size_t i = 0; i < count; ++i) (void)CALL(Unlock, unlock, buffers[i]);
}

static LiteRtStatus run(void* user_data, size_t num_inputs, const LiteRtTensorBuffer* inputs,
                        size_t num_outputs, LiteRtTensorBuffer* outputs) {
  const Kernel* kernel = user_data;
  KernelTensor from[kMostPorts] = {0}, to[kMostPorts] = {0};
  if (num_inputs > kMostPorts || num_outputs > kMostPorts) return failed(kernel, "too many tensors");
  size_t locked_inputs, locked_outputs = 0;
  const char* reason = lock_all(num_inputs, inputs, kLiteRtLockRead, from, &locked_inputs);
  if (!reason) reason = lock_all(num_outputs, outputs, kLiteRtLockWrite, to, &locked_outputs);
  if (!reason) reason = kernel->run(num_inputs, from, num_outputs, to);
  unlock_all(locked_inputs, inputs);
  unlock_all(locked_outputs, outputs);
  return reason ? failed(kernel, reason) : kLiteRtStatusOk;
}

static const LiteRtCustomOpKernel adapter = {init, get_output_layouts, run, destroy};

int tflitekit_register_with_litert(const TflitekitLiteRt* litert, void* options) {
  litert_functions = *litert;
#define KERNEL_REGISTER(object)                                                                  \
  {                                                                                              \
    LiteRtStatus status =                                                                        \
        CALL(AddCustomOp, add_custom_op, options, object.name, 1, &adapter, (void*)&object);     \
    if (status != kLiteRtStatusOk) return status;                                                \
  }
  KERNELS(KERNEL_REGISTER)
#undef KERNEL_REGISTER
  return kLiteRtStatusOk;
}
