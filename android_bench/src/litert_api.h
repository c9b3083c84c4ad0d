// The part of LiteRT's C API that the runner calls, declared here and found at run time with
// dlopen, so that one binary needs nothing but libc to build or to start.
//
// Names, types and values are those of LiteRT 2.3 (google-ai-edge/LiteRT, litert/c/). Since 2.1.6
// LiteRtCreateModelFromFile takes the environment first: the host pins the library by its hash.
#ifndef TFLITEKIT_LITERT_API_H_
#define TFLITEKIT_LITERT_API_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "litert_types.h"

typedef size_t LiteRtParamIndex;

typedef struct LiteRtEnvironmentT* LiteRtEnvironment;
typedef struct LiteRtModelT* LiteRtModel;
typedef struct LiteRtOpaqueOptionsT* LiteRtOpaqueOptions;
typedef struct LiteRtCompiledModelT* LiteRtCompiledModel;
typedef struct LiteRtSignatureT* LiteRtSignature;
typedef struct LiteRtTensorT* LiteRtTensor;
typedef struct LiteRtTensorBufferRequirementsT* LiteRtTensorBufferRequirements;
typedef struct LiteRtProfilerT* LiteRtProfiler;

// What an event of the profiler is of; the values are bits.
enum {
  kLiteRtOperatorInvoke = 1 << 1,          // an op; metadata1 is its index in its subgraph
  kLiteRtDelegateOperatorInvoke = 1 << 2,  // one of a delegate's own ops
  kLiteRtDelegateProfiledOperatorInvoke = 1 << 3,
};

typedef struct {
  size_t total_allocated_bytes, in_use_allocated_bytes, private_footprint_bytes;
} LiteRtMemoryUsage;

typedef struct {
  const char* tag;  // the profiler's
  int event_type;
  uint64_t start_timestamp_us, elapsed_time_us;
  LiteRtMemoryUsage begin_mem_usage, end_mem_usage;
  uint64_t event_metadata1, event_metadata2;
  int event_source;
} ProfiledEventData;
_Static_assert(sizeof(void*) != 8 || sizeof(ProfiledEventData) == 104, "as LiteRT has it");

enum { kLiteRtAcceleratorCpu = 1 };

// X(result, name, parameters) for every function that the runner uses.
#define LITERT_FUNCTIONS(X)                                                                      \
  X(LiteRtStatus, LiteRtCreateEnvironment, (int, const void*, LiteRtEnvironment*))               \
  X(LiteRtStatus, LiteRtCreateModelFromFile, (LiteRtEnvironment, const char*, LiteRtModel*))     \
  X(LiteRtStatus, LiteRtCreateOptions, (LiteRtOptions*))                                         \
  X(LiteRtStatus, LiteRtSetOptionsHardwareAccelerators, (LiteRtOptions, int))                    \
  X(LiteRtStatus, LiteRtCreateOpaqueOptions,                                                     \
    (const char*, void*, void (*)(void*), LiteRtOpaqueOptions*))                                 \
  X(LiteRtStatus, LiteRtAddOpaqueOptions, (LiteRtOptions, LiteRtOpaqueOptions))                  \
  X(LiteRtStatus, LiteRtAddCustomOpKernelOption,                                                 \
    (LiteRtOptions, const char*, int, const LiteRtCustomOpKernel*, void*))                       \
  X(LiteRtStatus, LiteRtCreateCompiledModel,                                                     \
    (LiteRtEnvironment, LiteRtModel, LiteRtOptions, LiteRtCompiledModel*))                       \
  X(LiteRtStatus, LiteRtGetNumModelSignatures, (LiteRtModel, LiteRtParamIndex*))                 \
  X(LiteRtStatus, LiteRtGetModelSignature, (LiteRtModel, LiteRtParamIndex, LiteRtSignature*))    \
  X(LiteRtStatus, LiteRtGetSignatureKey, (LiteRtSignature, const char**))                        \
  X(LiteRtStatus, LiteRtGetNumSignatureInputs, (LiteRtSignature, LiteRtParamIndex*))             \
  X(LiteRtStatus, LiteRtGetNumSignatureOutputs, (LiteRtSignature, LiteRtParamIndex*))            \
  X(LiteRtStatus, LiteRtGetSignatureInputName, (LiteRtSignature, LiteRtParamIndex, const char**)) \
  X(LiteRtStatus, LiteRtGetSignatureOutputName,                                                  \
    (LiteRtSignature, LiteRtParamIndex, const char**))                                           \
  X(LiteRtStatus, LiteRtGetSignatureInputTensorByIndex,                                          \
    (LiteRtSignature, LiteRtParamIndex, LiteRtTensor*))                                          \
  X(LiteRtStatus, LiteRtGetSignatureOutputTensorByIndex,                                         \
    (LiteRtSignature, LiteRtParamIndex, LiteRtTensor*))                                          \
  X(LiteRtStatus, LiteRtGetRankedTensorType, (LiteRtTensor, LiteRtRankedTensorType*))            \
  X(LiteRtStatus, LiteRtGetCompiledModelInputTensorLayout,                                       \
    (LiteRtCompiledModel, LiteRtParamIndex, LiteRtParamIndex, LiteRtLayout*))                    \
  X(LiteRtStatus, LiteRtGetCompiledModelOutputTensorLayouts,                                     \
    (LiteRtCompiledModel, LiteRtParamIndex, size_t, LiteRtLayout*, bool))                        \
  X(LiteRtStatus, LiteRtGetCompiledModelInputBufferRequirements,                                 \
    (LiteRtCompiledModel, LiteRtParamIndex, LiteRtParamIndex, LiteRtTensorBufferRequirements*))  \
  X(LiteRtStatus, LiteRtGetCompiledModelOutputBufferRequirements,                                \
    (LiteRtCompiledModel, LiteRtParamIndex, LiteRtParamIndex, LiteRtTensorBufferRequirements*))  \
  X(LiteRtStatus, LiteRtCreateManagedTensorBufferFromRequirements,                               \
    (LiteRtEnvironment, const LiteRtRankedTensorType*, LiteRtTensorBufferRequirements,           \
     LiteRtTensorBuffer*))                                                                       \
  X(LiteRtStatus, LiteRtRunCompiledModel,                                                        \
    (LiteRtCompiledModel, LiteRtParamIndex, size_t, LiteRtTensorBuffer*, size_t,                 \
     LiteRtTensorBuffer*))                                                                       \
  X(LiteRtStatus, LiteRtGetTensorBufferTensorType, (LiteRtTensorBuffer, LiteRtRankedTensorType*)) \
  X(LiteRtStatus, LiteRtGetTensorBufferPackedSize, (LiteRtTensorBuffer, size_t*))                \
  X(LiteRtStatus, LiteRtLockTensorBuffer, (LiteRtTensorBuffer, void**, int))                     \
  X(LiteRtStatus, LiteRtUnlockTensorBuffer, (LiteRtTensorBuffer))                                 \
  X(LiteRtStatus, LiteRtCompiledModelGetProfiler, (LiteRtCompiledModel, LiteRtProfiler*))         \
  X(LiteRtStatus, LiteRtStartProfiler, (LiteRtProfiler))                                          \
  X(LiteRtStatus, LiteRtStopProfiler, (LiteRtProfiler))                                           \
  X(LiteRtStatus, LiteRtResetProfiler, (LiteRtProfiler))                                          \
  X(LiteRtStatus, LiteRtGetNumProfilerEvents, (LiteRtProfiler, int*))                             \
  X(LiteRtStatus, LiteRtGetProfilerEvents, (LiteRtProfiler, int, ProfiledEventData*))

#define LITERT_MEMBER(result, name, parameters) result(*name) parameters;
typedef struct {
  LITERT_FUNCTIONS(LITERT_MEMBER)
} LiteRtApi;
#undef LITERT_MEMBER

extern LiteRtApi litert;

// Opens the library and resolves every function, or fails the run with what is missing.
void litert_open(const char* library);

// Fails the run with the call's text and LiteRT's own words unless `status` is success.
void litert_check(LiteRtStatus status, const char* call);

// Calls a LiteRT function and checks what it returns.
#define LITERT(function, ...) litert_check(litert.function(__VA_ARGS__), #function)

#endif  // TFLITEKIT_LITERT_API_H_
