// The loops of rotary.h in the instructions of avx2.
#if defined(__x86_64__)
#include "rotary.h"

__attribute__((target("avx2"))) void rotary_avx2(const Rotary* rotary, const int8_t* x, int8_t* y, size_t begin, size_t end) {
  rotary_loops(rotary, x, y, begin, end);
}
#endif
