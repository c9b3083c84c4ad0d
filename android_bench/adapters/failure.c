#include "failure.h"

#include <pthread.h>
#include <stdio.h>

#include "tflitekit_kernels.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const Kernel* failed_kernel;
static const char* failed_reason;  // kernels give constant texts

void failure_keep(const Kernel* kernel, const char* reason) {
  pthread_mutex_lock(&mutex);
  if (failed_kernel == NULL) {
    failed_kernel = kernel;
    failed_reason = reason;
  }
  pthread_mutex_unlock(&mutex);
}

int tflitekit_take_failure(char* text, size_t room) {
  pthread_mutex_lock(&mutex);
  const Kernel* kernel = failed_kernel;
  failed_kernel = NULL;
  if (kernel != NULL) snprintf(text, room, "%s: %s", kernel->name, failed_reason);
  pthread_mutex_unlock(&mutex);
  return kernel != NULL;
}
