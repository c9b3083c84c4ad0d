// What the kernels that normalize rows have in common; tflitekit/kernels/normalize/rows.py is the
// specification. Sums are exact, and what is of a row is computed in double.
#ifndef TFLITEKIT_KERNELS_NORM_ROWS_H_
#define TFLITEKIT_KERNELS_NORM_ROWS_H_

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "element.h"

enum { kNormMostColumns = 1 << 12 };

// As the Python side packs it.
typedef struct {
  int32_t columns;
  int32_t zero_point;      // of x
  int32_t subtracts_mean;  // else the zero point
  int32_t uses_variance;   // else the mean square
  int32_t low, high;       // the limits of y
  int32_t y_bits;          // 8 or 16
  int32_t shift;           // the fraction bits of y before it is rounded, in the 16-bit form
  float epsilon, floor;    // added to the variance; the least that the sum may be
  float after;             // added to the root
  float one;               // the number that a normalized 1.0 is before its gain
} NormRows;

// What is wrong with a header for an output of this type; NULL where nothing is.
static inline const char* norm_rows_check(const NormRows* header, int y_type) {
  if (header == NULL) return "the parameters are truncated";
  if (header->columns < 1 || header->columns > kNormMostColumns) {
    return "a row must have 1 to 4096 columns";
  }
  if (!(header->y_bits == 8 && y_type == kElement_int8) &&
      !(header->y_bits == 16 && y_type == kElement_int16)) {
    return "y must be int8 or int16, as the parameters say";
  }
  int32_t most = header->y_bits == 8 ? INT8_MAX : INT16_MAX;
  if (header->zero_point < INT8_MIN || header->zero_point > INT8_MAX || header->low < -most - 1 ||
      header->high > most || header->low > header->high) {
    return "zero point or limits are out of range";
  }
  if (header->shift < 0 || header->shift > 15) return "the shift is out of range";
  return header->one > 0 ? NULL : "the number of 1.0 is not positive";
}

// What a row is divided by, in steps of x; per_element is 1 / columns.
static inline double norm_rows_root(const NormRows* header, int64_t sum, int64_t squares,
                                    double per_element) {
  int64_t count = header->columns, zero = header->zero_point;
  double spread =
      header->uses_variance
          ? (double)(count * squares - sum * sum) * (per_element * per_element)
          : (double)(squares - 2 * zero * sum + count * zero * zero) * per_element;
  double inside = spread + (double)header->epsilon;
  if (inside < (double)header->floor) inside = (double)header->floor;
  return sqrt(inside) + (double)header->after;
}

// What is subtracted from a row, in steps of x.
static inline double norm_rows_mean(const NormRows* header, int64_t sum, double per_element) {
  return header->subtracts_mean ? (double)sum * per_element : (double)header->zero_point;
}

#endif  // TFLITEKIT_KERNELS_NORM_ROWS_H_
