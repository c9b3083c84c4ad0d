// An app with TensorFlow Lite: MODEL INPUT OUTPUT, for a model of one input and one output. What
// registers and runs is the how-to's.
#include <stdio.h>
#include <stdlib.h>

#include "tflite/c/c_api.h"

TfLiteInterpreter* open_model(const TfLiteModel* model, int threads);
int run_model(TfLiteInterpreter* interpreter, const void* input, size_t input_bytes, void* output,
              size_t output_bytes);

#define CHECK(call)                                  \
  if ((call) != 0) {                                 \
    fprintf(stderr, "app: %s failed\n", #call);      \
    exit(1);                                         \
  }

int main(int argc, char** argv) {
  CHECK(argc != 4);
  TfLiteModel* model = TfLiteModelCreateFromFile(argv[1]);
  CHECK(model == NULL);
  TfLiteInterpreter* interpreter = open_model(model, 2);
  CHECK(interpreter == NULL);
  CHECK(TfLiteInterpreterAllocateTensors(interpreter));
  size_t input_bytes = TfLiteTensorByteSize(TfLiteInterpreterGetInputTensor(interpreter, 0));
  size_t output_bytes = TfLiteTensorByteSize(TfLiteInterpreterGetOutputTensor(interpreter, 0));
  void *input = malloc(input_bytes), *output = malloc(output_bytes);
  FILE* from = fopen(argv[2], "rb");
  CHECK(from == NULL || fread(input, 1, input_bytes, from) != input_bytes || fclose(from));
  CHECK(run_model(interpreter, input, input_bytes, output, output_bytes));
  FILE* to = fopen(argv[3], "wb");
  CHECK(to == NULL || fwrite(output, 1, output_bytes, to) != output_bytes || fclose(to));
  TfLiteInterpreterDelete(interpreter);
  TfLiteModelDelete(model);
  free(input);
  free(output);
  return 0;
}
