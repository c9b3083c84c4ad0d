// The instruction sets of this processor that our kernels and LiteRT's care about.
#ifndef TFLITEKIT_ISA_H_
#define TFLITEKIT_ISA_H_

// The Android name of the ABI this binary was built for.
const char* isa_abi(void);

// Writes the names of the instruction sets into the record under `key`.
void isa_report(const char* key);

// Whether this processor has the instruction set that isa_report() calls `name`.
int isa_has(const char* name);

#endif  // TFLITEKIT_ISA_H_
