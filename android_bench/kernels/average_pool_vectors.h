// tflitekit.average_pool in vectors. Included by the file of an instruction set, once it defined
//   TARGET, INLINE, VERSION         the attributes of its functions, and the name of the kernel;
//   Words, Ints, kLanes             a vector of int16, int32 in the same order, and their number;
//   wide, wide_some                 int8 as int16;
//   words, plus, plus_most, up, down, times     of int16; plus wraps, plus_most saturates;
//   no_ints, add, down_to_words     of int32; down_to_words shifts and saturates;
//   store, store_some               of int16, saturated and clamped to int8.

INLINE Words loaded(const int8_t* x, size_t n) { return n < kLanes ? wide_some(x, n) : wide(x); }

// The sum of up to kLanes channels over a window that int16 holds the sum of.
INLINE Words small_sum(const Window* w, const int8_t* x, size_t n) {
  Words sum = words(0);
  for (size_t row = 0; row < w->height; ++row, x += w->row) {
    const int8_t* tap = x;
    for (size_t i = 0; i < w->width; ++i, tap += w->channels) sum = plus(sum, loaded(tap, n));
  }
  return up(sum, w->align);
}

// The same over any window.
INLINE Words large_sum(const Window* w, const int8_t* x, size_t n) {
  Ints total = no_ints();
  Words part = words(0);
  size_t added = 0;
  for (size_t row = 0; row < w->height; ++row, x += w->row) {
    const int8_t* tap = x;
    for (size_t i = 0; i < w->width; ++i, tap += w->channels) {
      part = plus(part, loaded(tap, n));
      if (++added == kMostInInt16) total = add(total, part), part = words(0), added = 0;
    }
  }
  return down_to_words(add(total, part), -w->align);
}

INLINE Words mean(const Window* w, const int8_t* x, size_t n) {
  Words sum = w->align < 0 ? large_sum(w, x, n) : small_sum(w, x, n);
  Words units = times(sum, words(w->factor));
  for (int32_t i = 0; i < w->doublings; ++i) units = plus_most(units, units);
  return down(plus_most(units, words(w->bias)), w->shift);
}

TARGET void VERSION(const Window* window, const int8_t* x, int8_t* y) {
  const Window w = *window;
  size_t i = 0;
  for (; i + kLanes <= w.channels; i += kLanes) store(&w, y + i, mean(&w, x + i, kLanes));
  size_t left = w.channels - i;
  if (left) store_some(&w, y + i, mean(&w, x + i, left), left);
}
