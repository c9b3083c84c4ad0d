#pragma once
#include "litert/c/litert_common.h"

typedef struct {
  LiteRtStatus (*Init)(void*, const void*, size_t);
  LiteRtStatus (*GetOutputLayouts)(void*, size_t, const LiteRtLayout*, size_t, LiteRtLayout*);
  LiteRtStatus (*Run)(void*, size_t, const LiteRtTensorBuffer*, size_t, LiteRtTensorBuffer*);
  LiteRtStatus (*Destroy)(void*);
} LiteRtCustomOpKernel;
