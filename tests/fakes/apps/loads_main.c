// An app that does no more than to load the library.
#include <stdio.h>

#include "tflitekit_kernels.h"

int main(void) {
  char failure[100];
  tflitekit_use_threads(2);
  puts(tflitekit_take_failure(failure, sizeof failure) ? failure : "no failure");
  return 0;
}
