// Our kernels as the classic interpreter sees them, through TensorFlow Lite's C API for custom ops.
//
// What it calls is the same from TensorFlow Lite 2.17 (tensorflow/lite/core/c) to LiteRT 1 and 2
// (tflite/core/c). Callbacks with a user's pointer are not: so each kernel has callbacks of its own.
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "list.h"
#include "tflitekit_kernels.h"

enum { kMostPorts = 16, kVersion = 1, kCustomOp = 32 /* kTfLiteBuiltinCustom */ };
enum { kOk = 0, kError = 1 };  // TfLiteStatus

typedef struct TfLiteOperator TfLiteOperator;
typedef struct TfLiteOpaqueContext Context;
typedef struct TfLiteOpaqueNode Node;
typedef struct TfLiteOpaqueTensor Tensor;
typedef struct {
  int size;
  int data[];
} Dimensions;  // TfLiteIntArray

typedef int Callback(Context*, Node*);
// The last parameter came with LiteRT 1.1; older libraries do not look at it.
typedef TfLiteOperator* CreateOperator(int builtin, const char* name, int version, void* user_data);
typedef void SetCallback(TfLiteOperator*, Callback*);
typedef void AddOperator(void* options, TfLiteOperator*);
typedef int Count(const Node*);
typedef Tensor* GetTensor(Context*, const Node*, int);
typedef int GetNumber(const Tensor*);
typedef int32_t GetDimension(const Tensor*, int32_t);
typedef size_t GetBytes(const Tensor*);
typedef void* GetData(const Tensor*);
typedef Dimensions* CreateDimensions(int);
typedef int Resize(Context*, Tensor*, Dimensions*);
typedef void ReportError(Context*, const char*, ...);

// Of the one TensorFlow Lite library that is in the process.
static TflitekitTfLite tflite_functions;

#define CALL(type, member, ...) ((type*)tflite_functions.member)(__VA_ARGS__)

static int failed(Context* context, const Kernel* kernel, const char* reason) {
  failure_keep(kernel, reason);
  CALL(ReportError, report_error, context, "%s: %s", kernel->name, reason);
  return kError;
}

static const char* shape_of(const Tensor* tensor, KernelShape* shape) {
  shape->rank = CALL(GetNumber, rank, tensor);
  if (shape->rank < 0 || shape->rank > KERNEL_MAX_RANK) return "a tensor has too many axes";
  for (int i = 0; i < shape->rank; ++i) {
    shape->dimensions[i] = CALL(GetDimension, dimension, tensor, i);
  }
  return NULL;
}

static int resize(Context* context, Tensor* tensor, const KernelShape* shape) {
  Dimensions* dimensions = CALL(CreateDimensions, create_dimensions, shape->rank);
  if (dimensions == NULL) return kError;
  for (int i = 0; i < shape->rank; ++i) dimensions->data[i] = shape->dimensions[i];
  return CALL(Resize, resize, context, tensor, dimensions);  // which owns them
}

static const char* count_ports(const Node* node, int* num_inputs, int* num_outputs) {
  *num_inputs = CALL(Count, num_inputs, node);
  *num_outputs = CALL(Count, num_outputs, node);
  return *num_inputs > kMostPorts || *num_outputs > kMostPorts ? "too many tensors" : NULL;
}

static const char* infer(Context* context, Node* node, const Kernel* kernel) {
  KernelShape from[kMostPorts] = {0}, to[kMostPorts] = {0};
  int num_inputs, num_outputs;
  const char* reason = count_ports(node, &num_inputs, &num_outputs);
  for (int i = 0; !reason && i < num_inputs; ++i) {
    reason = shape_of(CALL(GetTensor, get_input, context, node, i), &from[i]);
  }
  if (!reason) reason = kernel->infer((size_t)num_inputs, from, (size_t)num_outputs, to);
  for (int i = 0; !reason && i < num_outputs; ++i) {
    Tensor* tensor = CALL(GetTensor, get_output, context, node, i);
    if (resize(context, tensor, &to[i]) != kOk) reason = "an output cannot be resized";
  }
  return reason;
}

static const char* tensor_of(const Tensor* from, KernelTensor* to) {
  to->data = CALL(GetData, data, from);
  to->bytes = CALL(GetBytes, bytes, from);
  to->element_type = CALL(GetNumber, type, from);  // TfLiteType has the codes of element.h
  return shape_of(from, &to->shape);
}

static const char* run(Context* context, Node* node, const Kernel* kernel) {
  KernelTensor from[kMostPorts] = {0}, to[kMostPorts] = {0};
  int num_inputs, num_outputs;
  const char* reason = count_ports(node, &num_inputs, &num_outputs);
  for (int i = 0; !reason && i < num_inputs; ++i) {
    reason = tensor_of(CALL(GetTensor, get_input, context, node, i), &from[i]);
  }
  for (int i = 0; !reason && i < num_outputs; ++i) {
    reason = tensor_of(CALL(GetTensor, get_output, context, node, i), &to[i]);
  }
  return reason ? reason : kernel->run((size_t)num_inputs, from, (size_t)num_outputs, to);
}

static int prepare(Context* context, Node* node, const Kernel* kernel) {
  const char* reason = infer(context, node, kernel);
  return reason ? failed(context, kernel, reason) : kOk;
}

static int invoke(Context* context, Node* node, const Kernel* kernel) {
  const char* reason = run(context, node, kernel);
  return reason ? failed(context, kernel, reason) : kOk;
}

#define KERNEL_CALLBACKS(object)                                                              \
  static int prepare_##object(Context* context, Node* node) {                                 \
    return prepare(context, node, &object);                                                   \
  }                                                                                           \
  static int invoke_##object(Context* context, Node* node) {                                  \
    return invoke(context, node, &object);                                                    \
  }
KERNELS(KERNEL_CALLBACKS)
#undef KERNEL_CALLBACKS

typedef struct {
  const Kernel* kernel;
  Callback *prepare, *invoke;
  TfLiteOperator* made;  // once: it has to outlive every interpreter
} Registration;

static Registration registrations[] = {
#define KERNEL_REGISTRATION(object) {&object, prepare_##object, invoke_##object, NULL},
    KERNELS(KERNEL_REGISTRATION)
#undef KERNEL_REGISTRATION
};

static int create(Registration* registration) {
  if (registration->made != NULL) return kOk;
  TfLiteOperator* made = CALL(CreateOperator, create_operator, kCustomOp,
                              registration->kernel->name, kVersion, NULL);
  if (made == NULL) return kError;
  CALL(SetCallback, set_prepare, made, registration->prepare);
  CALL(SetCallback, set_invoke, made, registration->invoke);
  registration->made = made;
  return kOk;
}

int tflitekit_register_with_tflite(const TflitekitTfLite* tflite, void* options) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  int status = kOk;
  pthread_mutex_lock(&mutex);
  tflite_functions = *tflite;
  for (size_t i = 0; status == kOk && i < sizeof registrations / sizeof *registrations; ++i) {
    status = create(&registrations[i]);
    if (status == kOk) CALL(AddOperator, add_operator, options, registrations[i].made);
  }
  pthread_mutex_unlock(&mutex);
  return status;
}
