// What the bandwidth test does with its arrays.
#ifndef TFLITEKIT_PATTERNS_H_
#define TFLITEKIT_PATTERNS_H_

#include <stddef.h>

// One thread's part of three arrays, aligned to kAlignment bytes.
typedef struct {
  double *a, *b, *c;
  size_t count;  // a multiple of kMultiple
  double sum;    // keeps the reads from being optimized away
} Slice;

enum { kAlignment = 64, kMultiple = 32 };

typedef struct {
  const char* name;
  int arrays;  // how many the pattern touches: the bytes that it names, as STREAM counts them
  void (*run)(Slice*);
  // The same with stores that pass the caches by, so that no line is read only to be overwritten.
  // NULL where there are no stores, or the compiler has no such thing.
  void (*streaming)(Slice*);
} Pattern;

enum { kPatternCount = 4 };
extern const Pattern kPatterns[kPatternCount];

#endif  // TFLITEKIT_PATTERNS_H_
