// 64 elements at a time.
#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512bw")))
#define VERSION arithmetic_avx512bw

#include "arithmetic_avx512.h"
#include "arithmetic_vectors.h"
#endif
