// What the example for Kotlin needs of the JNI, to be compiled and not to be run.
#pragma once
#include <stdint.h>

#define JNIEXPORT __attribute__((visibility("default")))
#define JNICALL

typedef int64_t jlong;
typedef uint8_t jboolean;
typedef void* jobject;
typedef void* jstring;

struct JNIEnv {
  const char* GetStringUTFChars(jstring, jboolean*);
  void ReleaseStringUTFChars(jstring, const char*);
  void* GetDirectBufferAddress(jobject);
  jlong GetDirectBufferCapacity(jobject);
};
