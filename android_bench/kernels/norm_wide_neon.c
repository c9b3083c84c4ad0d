// The loops of norm_wide_loops.h in the instructions of neon.
#if defined(__aarch64__)
#define NORM_WIDE_TARGET
#define NORM_WIDE_ISA neon
#include "norm_wide_loops.h"
#endif
