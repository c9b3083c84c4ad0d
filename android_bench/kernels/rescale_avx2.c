// The loops of rescale.h in the instructions of avx2.
#if defined(__x86_64__)
#include "rescale.h"

__attribute__((target("avx2"))) void rescale_avx2(const void* x, int is_wide, const Rescale* rescale,
    int8_t* y, size_t n) {
  rescale_loops(x, is_wide, rescale, y, n);
}
#endif
