// 16 lookups at a time: each quarter of the table answers for its own places and leaves the rest.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "table.h"

enum { kLanes = 16, kQuarter = 64 };

void table_neon(const int8_t* x, const int8_t* table, int8_t* y, size_t n) {
  const uint8_t* entries = (const uint8_t*)table;
  uint8x16x4_t quarters[4];
  for (int i = 0; i < 4; ++i) quarters[i] = vld1q_u8_x4(entries + kQuarter * i);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    uint8x16_t place = veorq_u8(vld1q_u8((const uint8_t*)x + i), vdupq_n_u8(0x80));
    uint8x16_t found = vqtbl4q_u8(quarters[0], place);
    for (int part = 1; part < 4; ++part) {
      place = vsubq_u8(place, vdupq_n_u8(kQuarter));
      found = vqtbx4q_u8(found, quarters[part], place);
    }
    vst1q_u8((uint8_t*)y + i, found);
  }
  table_scalar(x + i, table, y + i, n - i);
}
#endif
