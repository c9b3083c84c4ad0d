#include "requantize.h"

#include "isa.h"
#include "rounding.h"

void requantize_scalar(const int32_t* x, float scale, int32_t zero_point, int8_t* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = requantize(x[i], scale, zero_point);
}

// The best first.
static const IsaVersion versions[] = {
#define REQUANTIZE_VERSION(isa) {#isa, (IsaFunction)requantize_##isa},
    REQUANTIZE_VERSIONS(REQUANTIZE_VERSION)
#undef REQUANTIZE_VERSION
    {"scalar", (IsaFunction)requantize_scalar},
};

RequantizeFunction* requantize_best(void) {
  return (RequantizeFunction*)isa_choose(versions, sizeof versions / sizeof *versions);
}
