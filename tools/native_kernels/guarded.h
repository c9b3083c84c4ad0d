// Memory of a tensor such that reading or writing outside of it is found out.
#ifndef TFLITEKIT_TOOLS_GUARDED_H_
#define TFLITEKIT_TOOLS_GUARDED_H_

#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint8_t *block, *data;
  size_t bytes;  // at `data`
  size_t size;   // of the block
} Guarded;

// `bytes` bytes that begin `offset` behind a multiple of 64. With AddressSanitizer nothing around
// them may be touched. Else they end at most 63 bytes before a page without access, and a writer
// before them or behind them is found out by guarded_is_whole.
Guarded guarded_reserve(size_t bytes, size_t offset);

// Whether nothing was written around the bytes.
int guarded_is_whole(const Guarded* place);

void guarded_release(Guarded* place);

#endif  // TFLITEKIT_TOOLS_GUARDED_H_
