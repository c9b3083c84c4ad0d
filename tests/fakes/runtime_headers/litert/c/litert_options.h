#pragma once
#include "litert/c/litert_common.h"
#include "litert/c/litert_custom_op_kernel.h"

LiteRtStatus LiteRtCreateOptions(LiteRtOptions*);
void LiteRtDestroyOptions(LiteRtOptions);
LiteRtStatus LiteRtSetOptionsHardwareAccelerators(LiteRtOptions, LiteRtHwAcceleratorSet);
LiteRtStatus LiteRtAddCustomOpKernelOption(LiteRtOptions, const char*, int,
                                           const LiteRtCustomOpKernel*, void*);
