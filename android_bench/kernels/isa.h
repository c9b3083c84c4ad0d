// The instruction sets of this processor that our kernels and LiteRT's care about.
#ifndef TFLITEKIT_ISA_H_
#define TFLITEKIT_ISA_H_

#include <stddef.h>

enum { kIsaMost = 8 };  // instruction sets of any one architecture

// The Android name of the ABI this binary was built for.
const char* isa_abi(void);

// Writes the names of those that this processor has, and tells how many they are.
size_t isa_names(const char* names[kIsaMost]);

// Whether a kernel may use the instruction set of this name: the processor has it, and the
// environment variable TFLITEKIT_ISA, for tests, asks for no other. A name that no kernel knows,
// such as "scalar", leaves all of them to their plain C.
int isa_may_use(const char* name);

// A version of a kernel's inner function; cast to the function's own type by who chooses it.
typedef void (*IsaFunction)(void);
typedef struct {
  const char* isa;
  IsaFunction function;
} IsaVersion;

// The first version that may be used; the last one, in plain C, always may.
IsaFunction isa_choose(const IsaVersion* versions, size_t count);

#endif  // TFLITEKIT_ISA_H_
