// Four patterns in the manner of STREAM (McCalpin 1995).
#include "patterns.h"

#if defined(__has_builtin)
#if __has_builtin(__builtin_nontemporal_store)
#define STREAMING(function) function
#define STORE_STREAMING(value, target) __builtin_nontemporal_store((value), (target))
#endif
#endif
#ifndef STREAMING
#define STREAMING(function) NULL
#define STORE_STREAMING(value, target) (*(target) = (value))
#endif

enum { kLanes = 4, kVectors = kMultiple / kLanes };
typedef double Vector __attribute__((vector_size(kLanes * sizeof(double))));

// Eight partial sums, so that the additions do not wait for each other.
static void read_all(Slice* s) {
  Vector sum[kVectors] = {{0}};
  const Vector* a = (const Vector*)s->a;
  for (size_t i = 0; i < s->count / kLanes; i += kVectors) {
    for (size_t k = 0; k < kVectors; ++k) sum[k] += a[i + k];
  }
  for (int k = 0; k < kVectors; ++k) s->sum += sum[k][0] + sum[k][1] + sum[k][2] + sum[k][3];
}

// A pattern that stores to c, with ordinary stores and with streaming ones.
#define STORING(name, value)                                                              \
  static void name(Slice* s) {                                                            \
    const Vector *a = (const Vector*)s->a, *b = (const Vector*)s->b;                      \
    Vector* restrict c = (Vector*)s->c;                                                   \
    (void)a, (void)b;                                                                     \
    for (size_t i = 0; i < s->count / kLanes; ++i) c[i] = (value);                        \
  }                                                                                       \
  __attribute__((unused)) static void name##_streaming(Slice* s) {                        \
    const Vector *a = (const Vector*)s->a, *b = (const Vector*)s->b;                      \
    Vector* restrict c = (Vector*)s->c;                                                   \
    (void)a, (void)b;                                                                     \
    for (size_t i = 0; i < s->count / kLanes; ++i) STORE_STREAMING((value), &c[i]);       \
  }

STORING(write_all, ((Vector){1, 1, 1, 1}))
STORING(copy, a[i])
STORING(triad, a[i] + 3.0 * b[i])

const Pattern kPatterns[kPatternCount] = {
    {"read", 1, read_all, NULL},
    {"write", 1, write_all, STREAMING(write_all_streaming)},
    {"copy", 2, copy, STREAMING(copy_streaming)},
    {"triad", 3, triad, STREAMING(triad_streaming)},
};
