// The loops of norm_wide_loops.h in the instructions of avx512bw.
#if defined(__x86_64__)
#define NORM_WIDE_TARGET __attribute__((target("avx512f,avx512bw")))
#define NORM_WIDE_ISA avx512bw
#include "norm_wide_loops.h"
#endif
