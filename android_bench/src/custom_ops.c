#include "custom_ops.h"

#include "fail.h"
#include "tflitekit_kernels.h"

void custom_ops_register(LiteRtOptions options) {
  const TflitekitLiteRt functions = {
      (TflitekitFunction)litert.LiteRtAddCustomOpKernelOption,
      (TflitekitFunction)litert.LiteRtGetTensorBufferTensorType,
      (TflitekitFunction)litert.LiteRtGetTensorBufferPackedSize,
      (TflitekitFunction)litert.LiteRtLockTensorBuffer,
      (TflitekitFunction)litert.LiteRtUnlockTensorBuffer,
  };
  litert_check(tflitekit_register_with_litert(&functions, options), "register the kernels");
}

void custom_ops_check(void) {
  char failure[256];
  if (tflitekit_take_failure(failure, sizeof failure)) fail("kernel", "%s", failure);
}
