// LiteRT's element types: codes and NumPy's names.
#ifndef TFLITEKIT_ELEMENT_H_
#define TFLITEKIT_ELEMENT_H_

// X(code, name), as in litert_model_types.h
#define ELEMENT_TYPES(X) \
  X(1, float32)          \
  X(2, int32)            \
  X(3, uint8)            \
  X(4, int64)            \
  X(5, string)           \
  X(6, bool)             \
  X(7, int16)            \
  X(8, complex64)        \
  X(9, int8)             \
  X(10, float16)         \
  X(11, float64)         \
  X(13, uint64)          \
  X(16, uint32)          \
  X(17, uint16)          \
  X(18, int4)            \
  X(19, bfloat16)

#define ELEMENT_CONSTANT(code, name) kElement_##name = code,
enum { ELEMENT_TYPES(ELEMENT_CONSTANT) };
#undef ELEMENT_CONSTANT

static inline const char* element_name(int type) {
  switch (type) {
#define ELEMENT_CASE(code, name) \
  case code:                     \
    return #name;
    ELEMENT_TYPES(ELEMENT_CASE)
#undef ELEMENT_CASE
    default:
      return "unknown";
  }
}

#endif  // TFLITEKIT_ELEMENT_H_
