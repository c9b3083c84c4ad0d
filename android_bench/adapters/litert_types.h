// The types of LiteRT's C API that custom ops meet, as in LiteRT 2.3 (google-ai-edge/LiteRT,
// litert/c/): declared here, so that nothing of LiteRT is needed to build.
#ifndef TFLITEKIT_ADAPTERS_LITERT_TYPES_H_
#define TFLITEKIT_ADAPTERS_LITERT_TYPES_H_

#include <stddef.h>
#include <stdint.h>

#define LITERT_MAX_RANK 8

typedef int LiteRtStatus;
enum { kLiteRtStatusOk = 0, kLiteRtStatusErrorRuntimeFailure = 3 };

typedef struct LiteRtOptionsT* LiteRtOptions;
typedef struct LiteRtTensorBufferT* LiteRtTensorBuffer;

typedef struct {
  unsigned int rank : 7;
  unsigned int has_strides : 1;
  int32_t dimensions[LITERT_MAX_RANK];
  uint32_t strides[LITERT_MAX_RANK];
} LiteRtLayout;

typedef struct {
  int element_type;
  LiteRtLayout layout;
} LiteRtRankedTensorType;

_Static_assert(sizeof(LiteRtLayout) == 68, "LiteRtLayout is 68 bytes in LiteRT 2.x");
_Static_assert(sizeof(LiteRtRankedTensorType) == 72, "LiteRtRankedTensorType is 72 bytes");

typedef struct {
  LiteRtStatus (*Init)(void* user_data, const void* options, size_t options_size);
  LiteRtStatus (*GetOutputLayouts)(void* user_data, size_t num_inputs, const LiteRtLayout* inputs,
                                   size_t num_outputs, LiteRtLayout* outputs);
  LiteRtStatus (*Run)(void* user_data, size_t num_inputs, const LiteRtTensorBuffer* inputs,
                      size_t num_outputs, LiteRtTensorBuffer* outputs);
  LiteRtStatus (*Destroy)(void* user_data);
} LiteRtCustomOpKernel;

enum { kLiteRtLockRead = 0, kLiteRtLockWrite = 1 };

#endif  // TFLITEKIT_ADAPTERS_LITERT_TYPES_H_
