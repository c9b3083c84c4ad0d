// Loops of multiply-accumulates and nothing else: the most that an instruction set gets out of a
// processor. All operands are ones, so that a loop's totals add up to what it has computed: no
// compiler can leave out any of it, and nobody can miscount.
#ifndef TFLITEKIT_MAC_LOOPS_H_
#define TFLITEKIT_MAC_LOOPS_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Some 30 to 100 microseconds; float32 counts them exactly (up to 2^24).
enum { kMacSteps = 1 << 14 };

// Runs so many steps and returns the multiply-accumulates that they were.
typedef uint64_t MacRun(size_t steps);

typedef struct {
  const char* dtype;  // of the operands: float32 sums in float32, int8 in int32
  const char* isa;    // as isa.h names it
  MacRun* run;
} MacLoop;

extern const MacLoop kMacLoops[];
extern const size_t kMacLoopCount;

MacRun mac_float32_fma, mac_int8_avx2, mac_int8_avxvnni;
MacRun mac_float32_avx512bw, mac_int8_avx512bw, mac_int8_avx512vnni;
MacRun mac_float32_neon, mac_int8_neon, mac_int8_dotprod, mac_int8_i8mm;

#if defined(__x86_64__)
#define MAC_REGISTER "+v"
#else
#define MAC_REGISTER "+w"
#endif

// A loop. A step gives each of `count` totals, which do not wait for each other, one product:
// enough of them hide its latency (4 cycles times 2 units on x86-64, 4 times up to 6 on arm64), and
// they have to stay in registers. The empty assembly makes the compiler forget what the operand is,
// so that it takes no product out of the loop and no two for one; it costs no instruction.
#define MAC_LOOP(TARGET, name, Vector, Lane, count, one, add_product)              \
  TARGET uint64_t name(size_t steps) {                                             \
    Vector totals[count], ones = (one);                                            \
    memset(totals, 0, sizeof totals);                                              \
    for (size_t step = 0; step < steps; ++step) {                                  \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < (count); ++i) {       \
        __asm__("" : MAC_REGISTER(ones));                                          \
        totals[i] = add_product(totals[i], ones);                                  \
      }                                                                            \
    }                                                                              \
    Lane lanes[(count) * (sizeof(Vector) / sizeof(Lane))];                         \
    memcpy(lanes, totals, sizeof totals);                                          \
    uint64_t macs = 0;                                                             \
    for (size_t i = 0; i < sizeof lanes / sizeof *lanes; ++i) {                    \
      macs += (uint64_t)lanes[i];                                                  \
    }                                                                              \
    return macs;                                                                   \
  }

#endif  // TFLITEKIT_MAC_LOOPS_H_
