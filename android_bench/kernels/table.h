// The versions of tflitekit.table, one file an instruction set; all give the same bits.
#ifndef TFLITEKIT_KERNELS_TABLE_H_
#define TFLITEKIT_KERNELS_TABLE_H_

#include <stddef.h>
#include <stdint.h>

// y[i] = table[x[i] + 128]; x and y may be the same, and need no alignment.
typedef void TableFunction(const int8_t* x, const int8_t* table, int8_t* y, size_t n);

// X(instruction set), the best first.
#if defined(__x86_64__)
#define TABLE_VERSIONS(X) X(avx512vbmi) X(avx2)
#elif defined(__aarch64__)
#define TABLE_VERSIONS(X) X(neon)
#endif

TableFunction table_scalar;
#define TABLE_DECLARE(isa) TableFunction table_##isa;
TABLE_VERSIONS(TABLE_DECLARE)
#undef TABLE_DECLARE

// The best version that may be used.
TableFunction* table_best(void);

#endif  // TFLITEKIT_KERNELS_TABLE_H_
