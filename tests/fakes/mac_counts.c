// Runs the loops of mac_loops.h for 1000 steps and prints what they counted: a line of type,
// instruction set and multiply-accumulates for each that this processor has.
#include <inttypes.h>
#include <stdio.h>

#include "isa.h"
#include "mac_loops.h"

int main(void) {
  for (size_t i = 0; i < kMacLoopCount; ++i) {
    const MacLoop* loop = &kMacLoops[i];
    if (!isa_may_use(loop->isa)) continue;
    printf("%s %s %" PRIu64 "\n", loop->dtype, loop->isa, loop->run(1000));
  }
  return 0;
}
