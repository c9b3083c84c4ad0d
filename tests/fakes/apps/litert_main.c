// An app with LiteRT: MODEL INPUT OUTPUT, for a model of one input and one output. What registers
// and runs is the how-to's.
#include <stdio.h>
#include <stdlib.h>

#include "litert/c/litert_compiled_model.h"
#include "litert/c/litert_environment.h"
#include "litert/c/litert_model.h"
#include "litert/c/litert_tensor_buffer.h"

LiteRtCompiledModel compile_model(LiteRtEnvironment environment, LiteRtModel model);
int run_model(LiteRtCompiledModel compiled, size_t num_inputs, LiteRtTensorBuffer* inputs,
              size_t num_outputs, LiteRtTensorBuffer* outputs);

#define CHECK(call)                                  \
  if ((call) != 0) {                                 \
    fprintf(stderr, "app: %s failed\n", #call);      \
    exit(1);                                         \
  }

// Copies a file into the buffer (mode "rb") or the buffer into a file ("wb").
static void copy(LiteRtTensorBuffer buffer, const char* path, const char* mode) {
  int writes = *mode == 'r';
  void* data;
  size_t bytes;
  FILE* file = fopen(path, mode);
  CHECK(file == NULL);
  CHECK(LiteRtGetTensorBufferPackedSize(buffer, &bytes));
  CHECK(LiteRtLockTensorBuffer(buffer, &data, (LiteRtTensorBufferLockMode)writes));
  CHECK((writes ? fread(data, 1, bytes, file) : fwrite(data, 1, bytes, file)) != bytes);
  CHECK(LiteRtUnlockTensorBuffer(buffer));
  CHECK(fclose(file));
}

int main(int argc, char** argv) {
  LiteRtEnvironment environment;
  LiteRtModel model;
  LiteRtSignature signature;
  LiteRtTensor tensors[2];
  LiteRtRankedTensorType types[2];
  LiteRtTensorBufferRequirements needs[2];
  LiteRtTensorBuffer buffers[2];
  CHECK(argc != 4);
  CHECK(LiteRtCreateEnvironment(0, NULL, &environment));
  CHECK(LiteRtCreateModelFromFile(environment, argv[1], &model));
  LiteRtCompiledModel compiled = compile_model(environment, model);
  CHECK(compiled == NULL);
  CHECK(LiteRtGetModelSignature(model, 0, &signature));
  CHECK(LiteRtGetSignatureInputTensorByIndex(signature, 0, &tensors[0]));
  CHECK(LiteRtGetSignatureOutputTensorByIndex(signature, 0, &tensors[1]));
  CHECK(LiteRtGetCompiledModelInputBufferRequirements(compiled, 0, 0, &needs[0]));
  CHECK(LiteRtGetCompiledModelOutputBufferRequirements(compiled, 0, 0, &needs[1]));
  for (int i = 0; i < 2; ++i) {
    CHECK(LiteRtGetRankedTensorType(tensors[i], &types[i]));
    CHECK(LiteRtCreateManagedTensorBufferFromRequirements(environment, &types[i], needs[i],
                                                          &buffers[i]));
  }
  copy(buffers[0], argv[2], "rb");
  CHECK(run_model(compiled, 1, &buffers[0], 1, &buffers[1]));
  copy(buffers[1], argv[3], "wb");
  return 0;
}
