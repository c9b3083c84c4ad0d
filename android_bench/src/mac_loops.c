#include "mac_loops.h"

const MacLoop kMacLoops[] = {
#if defined(__x86_64__)
    {"float32", "fma", mac_float32_fma},
    {"float32", "avx512bw", mac_float32_avx512bw},
    {"int8", "avx2", mac_int8_avx2},
    {"int8", "avxvnni", mac_int8_avxvnni},
    {"int8", "avx512bw", mac_int8_avx512bw},
    {"int8", "avx512vnni", mac_int8_avx512vnni},
#elif defined(__aarch64__)
    {"float32", "neon", mac_float32_neon},
    {"int8", "neon", mac_int8_neon},
    {"int8", "dotprod", mac_int8_dotprod},
    {"int8", "i8mm", mac_int8_i8mm},
#endif
};
const size_t kMacLoopCount = sizeof kMacLoops / sizeof *kMacLoops;
