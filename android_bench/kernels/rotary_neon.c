// The loops of rotary.h in the instructions of neon.
#if defined(__aarch64__)
#include "rotary.h"

void rotary_neon(const Rotary* rotary, const int8_t* x, int8_t* y, size_t begin, size_t end) {
  rotary_loops(rotary, x, y, begin, end);
}
#endif
