#pragma once
#include "tflite/c/c_api.h"

#ifdef __cplusplus
extern "C" {
#endif

int TfLiteOpaqueNodeNumberOfInputs(const TfLiteOpaqueNode*);
int TfLiteOpaqueNodeNumberOfOutputs(const TfLiteOpaqueNode*);
const TfLiteOpaqueTensor* TfLiteOpaqueNodeGetInput(const TfLiteOpaqueContext*,
                                                   const TfLiteOpaqueNode*, int);
TfLiteOpaqueTensor* TfLiteOpaqueNodeGetOutput(TfLiteOpaqueContext*, const TfLiteOpaqueNode*, int);
TfLiteType TfLiteOpaqueTensorType(const TfLiteOpaqueTensor*);
int32_t TfLiteOpaqueTensorNumDims(const TfLiteOpaqueTensor*);
int32_t TfLiteOpaqueTensorDim(const TfLiteOpaqueTensor*, int32_t);
size_t TfLiteOpaqueTensorByteSize(const TfLiteOpaqueTensor*);
void* TfLiteOpaqueTensorData(const TfLiteOpaqueTensor*);
TfLiteStatus TfLiteOpaqueContextResizeTensor(TfLiteOpaqueContext*, TfLiteOpaqueTensor*,
                                             TfLiteIntArray*);
void TfLiteOpaqueContextReportError(TfLiteOpaqueContext*, const char*, ...);

#ifdef __cplusplus
}
#endif
