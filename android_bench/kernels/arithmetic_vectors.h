// tflitekit.arithmetic in vectors. Included by the file of an instruction set, once it has defined
//   TARGET, INLINE, VERSION         the attributes of its functions, and the name of the kernel;
//   Bytes, Words, kLanes            vectors of int8 and int16, and the int8 in one;
//   load, load_some, store, store_some, fill             of int8;
//   high_low, high_high             the int8 of either half, each 256 times, as int16;
//   words, times, plus, minus, halve, most, least, narrow, clamp     of int16;
//   TABLES, Tables, tables_of, look_up_words             if it has its own way to look up int16.
// "Half" is whatever part of the vector `narrow` puts back in place.
#include <string.h>

typedef struct {
  Words a_zero, b_zero, y_zero, a_factor, b_factor, offset, bias;
  Bytes low, high;
  int32_t shift, doublings;
  const Arithmetic* header;
} Constants;

typedef Words Formula(const Constants* c, Words a, Words b);

INLINE Words linear(const Constants* c, Words a, Words b) {
  Words sum = plus(times(a, c->a_factor), times(b, c->b_factor));
  return plus(sum, c->offset);
}

INLINE Words sum(const Constants* c, Words a, Words b) {
  return linear(c, a, b);
}

INLINE Words squared_difference(const Constants* c, Words a, Words b) {
  Words difference = most(linear(c, a, b), words(-INT16_MAX));
  return times(difference, difference);
}

// 128 times the distance from the zero point: exact.
INLINE Words centred(Words x, Words zero) { return minus(halve(x, 1), zero); }

INLINE Words product(const Constants* c, Words a, Words b) {
  return times(times(centred(a, c->a_zero), centred(b, c->b_zero)), c->a_factor);
}

INLINE Words rectified(const Constants* c, Words a, Words b) {
  Words x = centred(a, c->a_zero), slope = centred(b, c->b_zero), none = words(0);
  Words below = times(times(least(x, none), slope), c->b_factor);
  return plus(times(most(x, none), c->a_factor), below);
}

INLINE Words finished(const Constants* c, Words x) {
  for (int32_t i = 0; i < c->doublings; ++i) x = plus(x, x);
  return halve(plus(x, c->bias), c->shift);
}

// What the quotients by a vector of divisors are multiplied with, by halves.
typedef struct {
  Words factors[2], units[2];
} Divided;

#ifndef TABLES
typedef const Arithmetic* Tables;

TARGET static Tables tables_of(const Arithmetic* header) { return header; }

INLINE Words loaded(const int16_t* x) {
  Words found;
  memcpy(&found, x, sizeof found);
  return found;
}

// Each lane of 128 bits has a part in both halves.
INLINE Divided divided_by(const Tables* tables, Bytes b) {
  enum { kLane = 16, kHalf = 8 };
  int8_t divisors[kLanes];
  int16_t factors[2][kLanes / 2], units[2][kLanes / 2];
  store(divisors, b);
  for (int i = 0; i < kLanes; ++i) {
    int half = i % kLane / kHalf, to = i / kLane * kHalf + i % kHalf;
    factors[half][to] = (*tables)->factors[divisors[i] + 128];
    units[half][to] = (*tables)->units[divisors[i] + 128];
  }
  return (Divided){{loaded(factors[0]), loaded(factors[1])}, {loaded(units[0]), loaded(units[1])}};
}
#else
INLINE Divided divided_by(const Tables* tables, Bytes b) {
  Divided found;
  look_up_words(tables->factors, b, found.factors);
  look_up_words(tables->units, b, found.units);
  return found;
}
#endif

INLINE Divided divided_by_one(const Arithmetic* header, int8_t b) {
  Words factor = words(header->factors[b + 128]), unit = words(header->units[b + 128]);
  return (Divided){{factor, factor}, {unit, unit}};
}

INLINE Words quotient(const Constants* c, Words a, Words factor, Words unit) {
  Words half = times(centred(a, c->a_zero), factor);
  return plus(times(plus(half, half), unit), c->y_zero);
}

INLINE Bytes limited(const Constants* c, Words low, Words high) {
  return clamp(narrow(low, high), c->low, c->high);
}

INLINE Bytes quotients(const Constants* c, const Divided* by, Bytes a) {
  return limited(c, quotient(c, high_low(a), by->factors[0], by->units[0]),
                 quotient(c, high_high(a), by->factors[1], by->units[1]));
}

INLINE Bytes vector(const Constants* c, Formula* formula, Bytes a, Bytes b) {
  return limited(c, finished(c, formula(c, high_low(a), high_low(b))),
                 finished(c, formula(c, high_high(a), high_high(b))));
}

// A formula of NULL stands for quotients. The steps are constants, so that what is the same for a
// whole row is computed once a row.
INLINE void run_steps(const Constants* c, const Tables* tables, Formula* formula,
                      const BroadcastBlock* block, const int8_t* a, size_t a_step, const int8_t* b,
                      size_t b_step, int8_t* y) {
  size_t columns = block->columns, a_row = block->a_row, b_row = block->b_row;
  for (size_t rows = block->rows; rows > 0; --rows) {
    Bytes left = fill(*a), right = fill(*b), found;
    Divided by;
    if (formula == NULL && !b_step) by = divided_by_one(c->header, *b);
    for (size_t i = 0; i < columns; i += kLanes) {
      size_t n = columns - i;
      if (a_step) left = n < kLanes ? load_some(a + i, n) : load(a + i);
      if (b_step) right = n < kLanes ? load_some(b + i, n) : load(b + i);
      if (formula == NULL) {
        if (b_step) by = divided_by(tables, right);
        found = quotients(c, &by, left);
      } else {
        found = vector(c, formula, left, right);
      }
      if (n < kLanes) {
        store_some(y + i, found, n);
      } else {
        store(y + i, found);
      }
    }
    a += a_row, b += b_row, y += columns;
  }
}

INLINE void run_rows(const Constants* c, const Tables* tables, Formula* formula,
                     const BroadcastBlock* block, const int8_t* a, const int8_t* b, int8_t* y) {
  if (block->a_step && block->b_step) {
    run_steps(c, tables, formula, block, a, 1, b, 1, y);
  } else if (block->a_step) {
    run_steps(c, tables, formula, block, a, 1, b, 0, y);
  } else {
    run_steps(c, tables, formula, block, a, 0, b, block->b_step, y);
  }
}

TARGET void VERSION(const void* context, const BroadcastBlock* block, const int8_t* a,
                    const int8_t* b, int8_t* y) {
  const Arithmetic* parameters = context;
  const ArithmeticHeader* header = parameters->header;
  const Constants c = {words(header->a_zero * 128),
                       words(header->b_zero * 128),
                       words(header->y_zero),
                       words(header->a_factor),
                       words(header->b_factor),
                       words(header->offset),
                       words(header->bias),
                       fill((int8_t)header->low),
                       fill((int8_t)header->high),
                       header->shift,
                       header->doublings,
                       parameters};
  switch (header->function) {
    case kSum: run_rows(&c, NULL, sum, block, a, b, y); break;
    case kProduct: run_rows(&c, NULL, product, block, a, b, y); break;
    case kQuotient: {
      const Tables tables = tables_of(parameters);
      run_rows(&c, &tables, NULL, block, a, b, y);
      break;
    }
    case kSquaredDifference: run_rows(&c, NULL, squared_difference, block, a, b, y); break;
    case kRectified: run_rows(&c, NULL, rectified, block, a, b, y); break;
  }
}
