// What is added to the logits of a softmax, masks among it: tflitekit/kernels/logits/packed.py.
#ifndef TFLITEKIT_KERNELS_LOGIT_TERMS_H_
#define TFLITEKIT_KERNELS_LOGIT_TERMS_H_

#include "block.h"
#include "layout.h"
#include "softmax_rows.h"
#include "tflitekit_kernel.h"

enum { kLogitTermsMost = 7 };

// NUMBERS, TABLE and KEPT of logits/packed.py.
enum { kTermNumbers, kTermTable, kTermKept };

typedef struct {
  int kind;
  Layout layout;
  const float* numbers;  // those of a constant, or the table
  const uint8_t* kept;   // of a constant that only masks
  const void* operand;   // of a table
  int element_type;      // of the operand
  size_t count;          // of numbers or bytes
  int only_masks;        // whether the numbers are 0 and SOFTMAX_LEAST alone
} LogitTerm;

typedef struct {
  LogitTerm terms[kLogitTermsMost];
  size_t count;
  size_t columns;
  int only_mask;  // whether all of them do
} LogitTerms;

// The row that was put together last.
typedef struct {
  void* memory;  // [columns] floats
  ptrdiff_t places[kLogitTermsMost];
  int is_filled;
} LogitRow;

// Takes the terms off a block and checks them. Returns NULL, or what is wrong.
const char* logit_terms_take(Block* block, const KernelTensor* operands, size_t num_operands,
                             size_t matrices, size_t rows, size_t columns, LogitTerms* terms);

// What changes a row of logits. It may lie in `row`, which is kept between calls.
SoftmaxAdded logit_terms_row(const LogitTerms* terms, size_t matrix, size_t row_index,
                             LogitRow* row);

#endif  // TFLITEKIT_KERNELS_LOGIT_TERMS_H_
