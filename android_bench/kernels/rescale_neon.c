// The loops of rescale.h in the instructions of neon.
#if defined(__aarch64__)
#include "rescale.h"

void rescale_neon(const void* x, int is_wide, const Rescale* rescale,
    int8_t* y, size_t n) {
  rescale_loops(x, is_wide, rescale, y, n);
}
#endif
