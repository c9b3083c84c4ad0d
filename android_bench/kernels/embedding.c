// tflitekit.embedding: y[i] = table[ids[i]] * scale[ids[i]] + zero point, rows of int8 or int16.
//
// Inputs: table int8 [rows, columns]; ids int32 or int64 of any shape; a parameter block. Output: int8
// or int16, as the block says, of the shape of ids and columns. tflitekit/kernels/embedding.py is the
// specification.
#include "block.h"
#include "element.h"
#include "indices.h"
#include "parallel.h"
#include "requantize.h"
#include "rounding.h"
#include "tflitekit_kernel.h"

enum { kChunk = 256, kLeastElements = 1 << 16 };

// As the Python side packs it.
typedef struct {
  int32_t rows;
  int32_t zero_point;
  int32_t y_bits;  // 8 or 16
} Header;

typedef struct {
  Header header;
  const float* scales;
  const int8_t* table;
  const KernelTensor* ids;
  size_t columns;
  void* y;
  RequantizeFunction* requantize;
} Job;

static void take_row(const Job* job, int64_t id, int8_t* y) {
  const int8_t* row = job->table + (size_t)id * job->columns;
  int32_t wide[kChunk];
  for (size_t first = 0; first < job->columns; first += kChunk) {
    size_t n = job->columns - first < kChunk ? job->columns - first : kChunk;
    for (size_t i = 0; i < n; ++i) wide[i] = row[first + i];
    job->requantize(wide, job->scales[id], job->header.zero_point, y + first, n);
  }
}

static void take_wide_row(const Job* job, int64_t id, int16_t* y) {
  const int8_t* row = job->table + (size_t)id * job->columns;
  float scale = job->scales[id], zero = (float)job->header.zero_point;
  for (size_t i = 0; i < job->columns; ++i) y[i] = round_to_int16((float)row[i] * scale + zero);
}

static void take_rows(const void* context, size_t begin, size_t end) {
  const Job* job = context;
  for (size_t i = begin; i < end; ++i) {
    int64_t id = indices_at(job->ids, i);
    size_t place = i * job->columns;
    if (job->header.y_bits == 16) {
      take_wide_row(job, id, (int16_t*)job->y + place);
    } else {
      take_row(job, id, (int8_t*)job->y + place);
    }
  }
}

static const char* take_parameters(const KernelTensor* tensor, Job* job) {
  Block block = block_open(tensor);
  const Header* header = block_take(&block, 1, sizeof *header);
  if (header == NULL || header->rows < 0) return "the parameters are truncated";
  if (header->zero_point < INT8_MIN || header->zero_point > INT8_MAX) {
    return "the zero point is no int8";
  }
  if (header->y_bits != 8 && header->y_bits != 16) return "y is neither int8 nor int16";
  job->header = *header;
  job->scales = block_take(&block, (size_t)header->rows, sizeof(float));
  return job->scales == NULL ? "the parameters are truncated" : NULL;
}

static const char* infer(size_t num_inputs, const KernelShape* inputs, size_t num_outputs,
                         KernelShape* outputs) {
  if (num_inputs != 3 || num_outputs != 1) return "needs three inputs and one output";
  if (inputs[0].rank != 2) return "the table must have two axes";
  if (inputs[1].rank >= KERNEL_MAX_RANK) return "ids have too many axes";
  outputs[0] = inputs[1];
  outputs[0].dimensions[outputs[0].rank++] = inputs[0].dimensions[1];
  return NULL;
}

static const char* run(size_t num_inputs, const KernelTensor* inputs, size_t num_outputs,
                       KernelTensor* outputs) {
  if (num_inputs != 3 || num_outputs != 1) return "needs three inputs and one output";
  const KernelTensor *table = &inputs[0], *ids = &inputs[1];
  if (table->element_type != kElement_int8) return "the table must be int8";
  size_t id_size = indices_size(ids);
  if (id_size == 0) return "ids must be int32 or int64";
  if (table->shape.rank != 2) return "the table must have two axes";
  Job job = {.table = table->data, .ids = ids, .y = outputs[0].data};
  const char* wrong = take_parameters(&inputs[2], &job);
  if (wrong != NULL) return wrong;
  int y_type = job.header.y_bits == 16 ? kElement_int16 : kElement_int8;
  if (outputs[0].element_type != y_type) return "y must be int8 or int16, as the parameters say";
  job.columns = (size_t)table->shape.dimensions[1];
  if (table->shape.dimensions[0] != job.header.rows) return "the parameters are of another table";
  if (table->bytes < (size_t)job.header.rows * job.columns) return "the table is truncated";
  size_t count = ids->bytes / id_size;
  size_t size = (size_t)job.header.y_bits / 8;
  if (outputs[0].bytes != count * job.columns * size) return "y has not the shape of ids and columns";
  for (size_t i = 0; i < count; ++i) {
    int64_t id = indices_at(ids, i);
    if (id < 0 || id >= job.header.rows) return "an id is no row of the table";
  }
  job.requantize = requantize_best();
  size_t least = job.columns ? (kLeastElements + job.columns - 1) / job.columns : 1;
  parallel_for(take_rows, &job, count, least);
  return NULL;
}

const Kernel kernel_embedding = {"tflitekit.embedding", infer, run};
