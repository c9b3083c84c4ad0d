// The declarations of TensorFlow Lite that an app of ours meets, where it has them: enough to
// compile and to link against the real library.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { kTfLiteOk = 0, kTfLiteError = 1 } TfLiteStatus;
typedef enum { kTfLiteNoType = 0 } TfLiteType;
typedef enum { kTfLiteBuiltinCustom = 32 } TfLiteBuiltinOperator;

typedef struct TfLiteModel TfLiteModel;
typedef struct TfLiteInterpreter TfLiteInterpreter;
typedef struct TfLiteInterpreterOptions TfLiteInterpreterOptions;
typedef struct TfLiteTensor TfLiteTensor;
typedef struct TfLiteOperator TfLiteOperator;
typedef struct TfLiteOpaqueContext TfLiteOpaqueContext;
typedef struct TfLiteOpaqueNode TfLiteOpaqueNode;
typedef struct TfLiteOpaqueTensor TfLiteOpaqueTensor;
typedef struct TfLiteIntArray TfLiteIntArray;

TfLiteModel* TfLiteModelCreateFromFile(const char*);
void TfLiteModelDelete(TfLiteModel*);
TfLiteInterpreterOptions* TfLiteInterpreterOptionsCreate(void);
void TfLiteInterpreterOptionsDelete(TfLiteInterpreterOptions*);
void TfLiteInterpreterOptionsSetNumThreads(TfLiteInterpreterOptions*, int32_t);
void TfLiteInterpreterOptionsAddOperator(TfLiteInterpreterOptions*, TfLiteOperator*);
TfLiteInterpreter* TfLiteInterpreterCreate(const TfLiteModel*, const TfLiteInterpreterOptions*);
void TfLiteInterpreterDelete(TfLiteInterpreter*);
TfLiteStatus TfLiteInterpreterAllocateTensors(TfLiteInterpreter*);
TfLiteStatus TfLiteInterpreterInvoke(TfLiteInterpreter*);
TfLiteTensor* TfLiteInterpreterGetInputTensor(const TfLiteInterpreter*, int32_t);
const TfLiteTensor* TfLiteInterpreterGetOutputTensor(const TfLiteInterpreter*, int32_t);
size_t TfLiteTensorByteSize(const TfLiteTensor*);
TfLiteStatus TfLiteTensorCopyFromBuffer(TfLiteTensor*, const void*, size_t);
TfLiteStatus TfLiteTensorCopyToBuffer(const TfLiteTensor*, void*, size_t);
// With a fourth parameter from LiteRT 1.1 on.
TfLiteOperator* TfLiteOperatorCreate(TfLiteBuiltinOperator, const char*, int);
void TfLiteOperatorSetPrepare(TfLiteOperator*,
                              TfLiteStatus (*)(TfLiteOpaqueContext*, TfLiteOpaqueNode*));
void TfLiteOperatorSetInvoke(TfLiteOperator*,
                             TfLiteStatus (*)(TfLiteOpaqueContext*, TfLiteOpaqueNode*));
TfLiteIntArray* TfLiteIntArrayCreate(int);

#ifdef __cplusplus
}
#endif
