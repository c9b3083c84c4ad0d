// Our int8 kernels in an app: one call registers all of them with the runtime that the app uses.
//
//   tflitekit_register_litert(options)   LiteRT 2: before LiteRtCreateCompiledModel
//   tflitekit_register_tflite(options)   TensorFlow Lite 2.17 or newer, LiteRT 1: before
//                                        TfLiteInterpreterCreate
//
// Each is there where the runtime's own C headers are on the include path. Both call the functions
// of the library that the app is linked with; libtflitekit_kernels.so itself needs neither runtime.
#ifndef TFLITEKIT_KERNELS_H_
#define TFLITEKIT_KERNELS_H_

#include <stddef.h>

#if defined(__has_include)
#if __has_include("litert/c/litert_options.h")
#include "litert/c/litert_custom_op_kernel.h"
#include "litert/c/litert_options.h"
#include "litert/c/litert_tensor_buffer.h"
#define TFLITEKIT_WITH_LITERT 1
#endif
#if __has_include("tflite/c/c_api.h")
#include "tflite/c/c_api.h"
#include "tflite/c/c_api_opaque.h"
#define TFLITEKIT_WITH_TFLITE 1
#elif __has_include("tensorflow/lite/c/c_api.h")
#include "tensorflow/lite/c/c_api.h"
#include "tensorflow/lite/c/c_api_opaque.h"
#define TFLITEKIT_WITH_TFLITE 1
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define TFLITEKIT_EXPORT __attribute__((visibility("default")))

// What has gone wrong in a kernel since the last call, as "tflitekit.name: reason", shortened to
// `room` bytes. Gives 1, or 0 where nothing has. LiteRT 2 ignores that a kernel failed: ask after
// LiteRtCreateCompiledModel and after each run, or a wrong result looks like a right one.
TFLITEKIT_EXPORT int tflitekit_take_failure(char* text, size_t room);

// Threads that the kernels share, the caller's among them; 1 until it is called. Not while a model
// runs. All kernels of a process share them: run one model at a time where there are several.
TFLITEKIT_EXPORT void tflitekit_use_threads(int threads);

// The functions of a runtime, each cast to this type; the adapters know what they are.
typedef void (*TflitekitFunction)(void);

typedef struct {
  TflitekitFunction add_custom_op, get_type, get_bytes, lock, unlock;
} TflitekitLiteRt;

typedef struct {
  TflitekitFunction create_operator, set_prepare, set_invoke, add_operator;
  TflitekitFunction num_inputs, num_outputs, get_input, get_output;
  TflitekitFunction type, rank, dimension, bytes, data;
  TflitekitFunction create_dimensions, resize, report_error;
} TflitekitTfLite;

// What the functions below call. They give 0, or the runtime's error.
TFLITEKIT_EXPORT int tflitekit_register_with_litert(const TflitekitLiteRt* litert, void* options);
TFLITEKIT_EXPORT int tflitekit_register_with_tflite(const TflitekitTfLite* tflite, void* options);

#if defined(TFLITEKIT_WITH_LITERT)
static inline int tflitekit_register_litert(LiteRtOptions options) {
  const TflitekitLiteRt litert = {
      (TflitekitFunction)LiteRtAddCustomOpKernelOption,
      (TflitekitFunction)LiteRtGetTensorBufferTensorType,
      (TflitekitFunction)LiteRtGetTensorBufferPackedSize,
      (TflitekitFunction)LiteRtLockTensorBuffer,
      (TflitekitFunction)LiteRtUnlockTensorBuffer,
  };
  return tflitekit_register_with_litert(&litert, (void*)options);
}
#endif

#if defined(TFLITEKIT_WITH_TFLITE)
static inline int tflitekit_register_tflite(TfLiteInterpreterOptions* options) {
  const TflitekitTfLite tflite = {
      (TflitekitFunction)TfLiteOperatorCreate,
      (TflitekitFunction)TfLiteOperatorSetPrepare,
      (TflitekitFunction)TfLiteOperatorSetInvoke,
      (TflitekitFunction)TfLiteInterpreterOptionsAddOperator,
      (TflitekitFunction)TfLiteOpaqueNodeNumberOfInputs,
      (TflitekitFunction)TfLiteOpaqueNodeNumberOfOutputs,
      (TflitekitFunction)TfLiteOpaqueNodeGetInput,
      (TflitekitFunction)TfLiteOpaqueNodeGetOutput,
      (TflitekitFunction)TfLiteOpaqueTensorType,
      (TflitekitFunction)TfLiteOpaqueTensorNumDims,
      (TflitekitFunction)TfLiteOpaqueTensorDim,
      (TflitekitFunction)TfLiteOpaqueTensorByteSize,
      (TflitekitFunction)TfLiteOpaqueTensorData,
      (TflitekitFunction)TfLiteIntArrayCreate,
      (TflitekitFunction)TfLiteOpaqueContextResizeTensor,
      (TflitekitFunction)TfLiteOpaqueContextReportError,
  };
  return tflitekit_register_with_tflite(&tflite, (void*)options);
}
#endif

#ifdef __cplusplus
}
#endif

#endif  // TFLITEKIT_KERNELS_H_
