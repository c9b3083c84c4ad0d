#include "isa.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char* name;
  int present;
} Feature;

#if defined(__x86_64__)
#include <cpuid.h>

const char* isa_abi(void) { return "x86_64"; }

// XCR0: whether the system saves the AVX (bits 1, 2) and AVX-512 (bits 5 to 7) registers.
static unsigned saved_state(unsigned leaf1_ecx) {
  unsigned low = 0, high = 0;
  if (leaf1_ecx & bit_OSXSAVE) __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static size_t detect(Feature* into) {
  unsigned a = 0, b1 = 0, c1 = 0, d = 0, b7 = 0, c7 = 0;
  __get_cpuid(1, &a, &b1, &c1, &d);
  __get_cpuid_count(7, 0, &a, &b7, &c7, &d);
  unsigned a71 = 0, b71, c71;
  __get_cpuid_count(7, 1, &a71, &b71, &c71, &d);
  unsigned state = saved_state(c1);
  int avx = (state & 0x06) == 0x06, avx512 = avx && (state & 0xe0) == 0xe0;
  const Feature found[] = {
      {"sse4.1", (c1 & bit_SSE4_1) != 0},
      {"fma", avx && (c1 & bit_FMA)},
      {"avx2", avx && (b7 & bit_AVX2)},
      {"avxvnni", avx && (a71 >> 4 & 1)},
      {"avx512bw", avx512 && (b7 & bit_AVX512BW)},
      {"avx512vnni", avx512 && (c7 & bit_AVX512VNNI)},
      {"avx512vbmi", avx512 && (c7 & bit_AVX512VBMI)},
  };
  memcpy(into, found, sizeof found);
  return sizeof found / sizeof *found;
}

#elif defined(__aarch64__)
#include <sys/auxv.h>

const char* isa_abi(void) { return "arm64-v8a"; }

// Bits of the ELF auxiliary vector, from Linux's arch/arm64/include/uapi/asm/hwcap.h.
static size_t detect(Feature* into) {
  unsigned long first = getauxval(AT_HWCAP), second = getauxval(AT_HWCAP2);
  const Feature found[] = {
      {"neon", (first >> 1) & 1},   {"fp16", (first >> 10) & 1}, {"dotprod", (first >> 20) & 1},
      {"sve", (first >> 22) & 1},   {"i8mm", (second >> 13) & 1}, {"bf16", (second >> 14) & 1},
  };
  memcpy(into, found, sizeof found);
  return sizeof found / sizeof *found;
}

#else
#error "the runner is built for x86_64 and arm64-v8a"
#endif

// Asked once: in a virtual machine the question takes microseconds.
static Feature features[kIsaMost];
static size_t feature_count;
static pthread_once_t asked = PTHREAD_ONCE_INIT;

static void ask(void) { feature_count = detect(features); }

size_t isa_names(const char* names[kIsaMost]) {
  size_t present = 0;
  pthread_once(&asked, ask);
  for (size_t i = 0; i < feature_count; ++i) {
    if (features[i].present) names[present++] = features[i].name;
  }
  return present;
}

static int has(const char* name) {
  pthread_once(&asked, ask);
  for (size_t i = 0; i < feature_count; ++i) {
    if (strcmp(features[i].name, name) == 0) return features[i].present;
  }
  return 0;
}

int isa_may_use(const char* name) {
  const char* forced = getenv("TFLITEKIT_ISA");
  return has(name) && (forced == NULL || strcmp(forced, name) == 0);
}

IsaFunction isa_choose(const IsaVersion* versions, size_t count) {
  for (size_t i = 0; i + 1 < count; ++i) {
    if (isa_may_use(versions[i].isa)) return versions[i].function;
  }
  return versions[count - 1].function;
}
