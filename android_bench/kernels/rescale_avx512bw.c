// The loops of rescale.h in the instructions of avx512bw.
#if defined(__x86_64__)
#include "rescale.h"

__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))) void rescale_avx512bw(const void* x, int is_wide, const Rescale* rescale,
    int8_t* y, size_t n) {
  rescale_loops(x, is_wide, rescale, y, n);
}
#endif
