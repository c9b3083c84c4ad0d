// The loops of norm_wide_loops.h in the instructions of avx2.
#if defined(__x86_64__)
#define NORM_WIDE_TARGET __attribute__((target("avx2")))
#define NORM_WIDE_ISA avx2
#include "norm_wide_loops.h"
#endif
