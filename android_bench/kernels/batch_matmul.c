// tflitekit.batch_matmul: products of computed matrices that lie where the block says.
//
// Inputs: a, b int8; an int8 [size] for each axis of y; the block: header, layouts of a, b and y
// (layout.h). Output: y int8.
#include <stdatomic.h>

#include "block.h"
#include "element.h"
#include "gemm.h"
#include "layout.h"
#include "parallel.h"
#include "products.h"
#include "scratch.h"
#include "tflitekit_kernel.h"

enum { kLeft, kRight, kOutput, kLayouts };
enum { kMostDepth = 32767 };

typedef struct {
  int32_t matrices, rows, depth, columns;
  int32_t zero_points[kLayouts];
  float scale;
} Header;

typedef struct {
  const Gemm* gemm;
  const int8_t *a, *b;
  size_t matrices, rows, depth, columns;
  const int32_t* zero_points;
  float scale;
  ProductsOutput output;
  Layout layouts[kLayouts];
  _Atomic int* has_failed;
} Product;

// Items are blocks of rows, all of one matrix after the other.
static void blocks(const void* context, size_t begin, size_t end) {
  const Product* product = context;
  const Gemm* gemm = product->gemm;
  size_t sums_row = gemm_padded(product->columns, kGemmPanel);
  size_t left_bytes = gemm_padded(gemm->left_bytes(product->depth), kProductsAlignment);
  size_t right_bytes =
      gemm_padded(gemm->right_bytes(product->depth, product->columns), kProductsAlignment);
  uint8_t* place =
      scratch(left_bytes + right_bytes + sums_row * (kGemmRows * sizeof(int32_t) + 1));
  if (place == NULL) {
    atomic_store(product->has_failed, 1);
    return;
  }
  uint8_t *left = place, *right = left + left_bytes;
  int32_t* sums = (int32_t*)(right + right_bytes);
  int8_t* bytes = (int8_t*)(sums + kGemmRows * sums_row);
  size_t each = products_blocks(product->rows), packed = SIZE_MAX;
  for (size_t i = begin; i < end; ++i) {
    size_t matrix = i / each, first = i % each * kProductsRows;
    size_t last = first + kProductsRows < product->rows ? first + kProductsRows : product->rows;
    GemmMatrix a = products_matrix(&product->layouts[kLeft], product->a, matrix, product->rows,
                                   product->depth, product->zero_points[kLeft]);
    GemmMatrix b = products_matrix(&product->layouts[kRight], product->b, matrix, product->depth,
                                   product->columns, product->zero_points[kRight]);
    const int32_t* offsets = product->layouts[kRight].offsets;
    if (packed == SIZE_MAX || offsets[packed] != offsets[matrix]) {
      gemm->pack_right(&b, a.zero_point, right);
    }
    packed = matrix;
    for (; first < last; first += kGemmRows) {
      gemm->pack_left(&a, first, b.zero_point, left);
      gemm->multiply(left, right, product->depth, product->columns, sums, sums_row);
      for (size_t row = first; row < last && row < first + kGemmRows; ++row) {
        products_write(&product->output, sums + (row - first) * sums_row, product->scale, matrix, row,
                       bytes);
      }
    }
  }
}

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  if (num_outputs != 1 || layout_infer(num_inputs, inputs, &outputs[0]) != 2) {
    return "needs two operands, sizes, a block and one output";
  }
  return NULL;
}

static const char* check(const Product* product, const KernelTensor* inputs,
                         const KernelTensor* output) {
  const size_t sizes[kLayouts][3] = {
      {product->rows, product->depth, inputs[kLeft].bytes},
      {product->depth, product->columns, inputs[kRight].bytes},
      {product->rows, product->columns, output->bytes},
  };
  return layouts_check(product->layouts, kLayouts, product->matrices, sizes);
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs < 3 || num_inputs > kProductsMostInputs || num_outputs != 1) {
    return "needs two operands, sizes, a block and one output";
  }
  if (inputs[kLeft].element_type != kElement_int8 || inputs[kRight].element_type != kElement_int8 ||
      outputs[0].element_type != kElement_int8) {
    return "the operands and the output must be int8";
  }
  Block block = block_open(&inputs[num_inputs - 1]);
  const Header* header = block_take(&block, 1, sizeof *header);
  if (header == NULL) return "the block is truncated";
  if (header->matrices < 0 || header->rows <= 0 || header->depth <= 0 ||
      header->depth > kMostDepth || header->columns <= 0) {
    return "the block's sizes are wrong";
  }
  _Atomic int has_failed = 0;
  Product product = {
      .gemm = gemm_choose(),
      .a = inputs[kLeft].data,
      .b = inputs[kRight].data,
      .matrices = (size_t)header->matrices,
      .rows = (size_t)header->rows,
      .depth = (size_t)header->depth,
      .columns = (size_t)header->columns,
      .zero_points = header->zero_points,
      .scale = header->scale,
      .has_failed = &has_failed,
  };
  if (!layout_take(&block, product.layouts, kLayouts, product.matrices)) {
    return "the block is truncated";
  }
  product.output = (ProductsOutput){&product.layouts[kOutput], outputs[0].data, product.columns,
                                    header->zero_points[kOutput], requantize_best()};
  const char* reason = check(&product, inputs, &outputs[0]);
  if (reason) return reason;
  parallel_for(blocks, &product, product.matrices * products_blocks(product.rows), 1);
  return atomic_load(&has_failed) ? "there is not enough memory" : NULL;
}

const Kernel kernel_batch_matmul = {"tflitekit.batch_matmul", infer, run};
