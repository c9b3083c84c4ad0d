#include "logit_terms.h"

#include <string.h>

#include "element.h"

enum { kTruthEntries = 2, kByteEntries = 256 };

// The operand of a table: int8 for 256 entries, truth values or integers for two.
static const char* set_operand(LogitTerm* term, const KernelTensor* operand) {
  int type = operand->element_type;
  int fits = term->count == kByteEntries ? type == kElement_int8
                                         : type == kElement_bool || type == kElement_int32;
  if (!fits || (term->count != kByteEntries && term->count != kTruthEntries)) {
    return "a mask must be int8, bool or int32, and have a table of its size";
  }
  term->operand = operand->data;
  term->element_type = type;
  term->only_masks = 1;
  for (size_t i = 0; i < term->count; ++i) {
    term->only_masks &= term->numbers[i] == 0 || term->numbers[i] == SOFTMAX_LEAST;
  }
  return NULL;
}

// Takes one term but for its operand. Returns whether it is there.
static int take_term(Block* block, size_t matrices, LogitTerm* term) {
  const int32_t* fields = block_take(block, 5, sizeof *fields);
  if (fields == NULL || fields[0] < kTermNumbers || fields[0] > kTermKept || fields[3] < 0) return 0;
  *term = (LogitTerm){.kind = fields[0], .layout = {NULL, fields[1], fields[2], fields[4]}};
  term->count = (size_t)fields[3];
  term->layout.offsets = block_take(block, matrices, sizeof *term->layout.offsets);
  term->only_masks = term->kind == kTermKept;
  if (term->kind == kTermKept) {
    term->kept = block_take(block, term->count, sizeof *term->kept);
  } else {
    term->numbers = block_take(block, term->count, sizeof *term->numbers);
  }
  return term->layout.offsets != NULL && (term->numbers != NULL || term->kept != NULL);
}

const char* logit_terms_take(Block* block, const KernelTensor* operands, size_t num_operands,
                             size_t matrices, size_t rows, size_t columns, LogitTerms* terms) {
  const int32_t* count = block_take(block, 1, sizeof *count);
  if (count == NULL) return "the block is truncated";
  if (*count < 0 || *count > kLogitTermsMost) return "too many masks";
  *terms = (LogitTerms){.count = (size_t)*count, .columns = columns, .only_mask = 1};
  size_t used = 0;
  for (size_t i = 0; i < terms->count; ++i) {
    LogitTerm* term = &terms->terms[i];
    if (!take_term(block, matrices, term)) return "the block is truncated";
    size_t elements = term->count;
    if (term->kind == kTermTable) {
      if (used >= num_operands) return "a mask is missing";
      const KernelTensor* operand = &operands[used++];
      const char* reason = set_operand(term, operand);
      if (reason) return reason;
      elements = operand->bytes / (operand->element_type == kElement_int32 ? 4 : 1);
    }
    if (!layout_fits(&term->layout, matrices, rows, columns, elements)) {
      return "a mask has another size than the block says";
    }
    terms->only_mask &= term->only_masks;
  }
  return used == num_operands ? NULL : "there are more operands than masks";
}

// For each j, `change` with `value` from [at + j * step]; steps of 1 apart, for they are vectorized.
#define EACH(element, from, change)                            \
  do {                                                         \
    const element* first = (const element*)(from) + at;        \
    if (step == 1) {                                           \
      for (size_t j = 0; j < n; ++j) {                         \
        element value = first[j];                              \
        change;                                                \
      }                                                        \
    } else {                                                   \
      for (size_t j = 0; j < n; ++j) {                         \
        element value = first[(ptrdiff_t)j * step];            \
        change;                                                \
      }                                                        \
    }                                                          \
  } while (0)

static void add_numbers(const LogitTerm* term, ptrdiff_t at, size_t n, float* to) {
  ptrdiff_t step = term->layout.column;
  const float* numbers = term->numbers;
  if (term->kind == kTermNumbers) {
    EACH(float, numbers, to[j] += value);
  } else if (term->kind == kTermKept) {
    EACH(uint8_t, term->kept, to[j] += value ? 0.0f : SOFTMAX_LEAST);
  } else if (term->element_type == kElement_int8) {
    EACH(int8_t, term->operand, to[j] += numbers[value + 128]);
  } else if (term->element_type == kElement_bool) {
    float no = numbers[0], yes = numbers[1];
    EACH(uint8_t, term->operand, to[j] += value ? yes : no);
  } else {
    float no = numbers[0], yes = numbers[1];
    EACH(int32_t, term->operand, to[j] += value ? yes : no);
  }
}

static void mask(const LogitTerm* term, ptrdiff_t at, size_t n, uint8_t* kept) {
  ptrdiff_t step = term->layout.column;
  const float* numbers = term->numbers;
  if (term->kind == kTermKept) {
    EACH(uint8_t, term->kept, kept[j] &= value ? 1 : 0);
  } else if (term->element_type == kElement_int8) {
    EACH(int8_t, term->operand, kept[j] &= numbers[value + 128] == 0);
  } else if (term->element_type == kElement_bool) {
    uint8_t no = numbers[0] == 0, yes = numbers[1] == 0;
    EACH(uint8_t, term->operand, kept[j] &= value ? yes : no);
  } else {
    uint8_t no = numbers[0] == 0, yes = numbers[1] == 0;
    EACH(int32_t, term->operand, kept[j] &= value ? yes : no);
  }
}

// A row of one term that lies in memory as it is needed; NULL where it has to be made.
static const void* ready_row(const LogitTerms* terms, ptrdiff_t place) {
  const LogitTerm* term = &terms->terms[0];
  if (terms->count != 1 || term->layout.column != 1) return NULL;
  if (term->kind == kTermNumbers) return term->numbers + place;
  if (term->kind == kTermKept) return term->kept + place;
  int keeps = term->only_masks && term->element_type == kElement_bool && term->numbers[0] != 0 &&
              term->numbers[1] == 0;
  return keeps ? (const uint8_t*)term->operand + place : NULL;
}

static SoftmaxAdded added_of(const LogitTerms* terms, const void* row) {
  SoftmaxAdded added = {terms->only_mask ? row : NULL, terms->only_mask ? NULL : row};
  return added;
}

static void make_row(const LogitTerms* terms, LogitRow* row) {
  size_t n = terms->columns;
  memset(row->memory, terms->only_mask, n * (terms->only_mask ? 1 : sizeof(float)));
  for (size_t i = 0; i < terms->count; ++i) {
    if (terms->only_mask) mask(&terms->terms[i], row->places[i], n, row->memory);
    if (!terms->only_mask) add_numbers(&terms->terms[i], row->places[i], n, row->memory);
  }
}

SoftmaxAdded logit_terms_row(const LogitTerms* terms, size_t matrix, size_t row_index,
                             LogitRow* row) {
  if (terms->count == 0) return added_of(terms, NULL);
  int is_same = row->is_filled;
  for (size_t i = 0; i < terms->count; ++i) {
    const Layout* layout = &terms->terms[i].layout;
    ptrdiff_t place = layout->offsets[matrix] + (ptrdiff_t)row_index * layout->row;
    is_same &= place == row->places[i];
    row->places[i] = place;
  }
  const void* ready = ready_row(terms, row->places[0]);
  if (ready != NULL) return added_of(terms, ready);
  if (is_same) return added_of(terms, row->memory);
  make_row(terms, row);
  row->is_filled = 1;
  return added_of(terms, row->memory);
}
