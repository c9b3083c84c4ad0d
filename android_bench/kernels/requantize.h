// The last step of kernels that sum in int32, one file an instruction set; all give the same bits.
// `requantize` of rounding.h is the same for one sum.
#ifndef TFLITEKIT_KERNELS_REQUANTIZE_H_
#define TFLITEKIT_KERNELS_REQUANTIZE_H_

#include <stddef.h>
#include <stdint.h>

// y[i] = round(x[i] * scale + zero_point), limited to int8.
typedef void RequantizeFunction(const int32_t* x, float scale, int32_t zero_point, int8_t* y,
                                size_t n);

// X(instruction set), the best first.
#if defined(__x86_64__)
#define REQUANTIZE_VERSIONS(X) X(avx512bw) X(avx2)
#elif defined(__aarch64__)
#define REQUANTIZE_VERSIONS(X) X(neon)
#endif

RequantizeFunction requantize_scalar;
#define REQUANTIZE_DECLARE(isa) RequantizeFunction requantize_##isa;
REQUANTIZE_VERSIONS(REQUANTIZE_DECLARE)
#undef REQUANTIZE_DECLARE

// The best version that may be used.
RequantizeFunction* requantize_best(void);

#endif  // TFLITEKIT_KERNELS_REQUANTIZE_H_
