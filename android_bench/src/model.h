// A model that LiteRT has compiled for the CPU, with buffers for its inputs and outputs.
#ifndef TFLITEKIT_MODEL_H_
#define TFLITEKIT_MODEL_H_

#include <stddef.h>

#include "args.h"
#include "litert_api.h"

typedef struct {
  const char* name;
  LiteRtRankedTensorType type;
  size_t bytes;  // without padding
  LiteRtTensorBuffer buffer;
  bool in_file;  // read from a file, or written to one; not the state
} Port;

// An output that is an input of the next run; see state.h.
typedef struct {
  size_t input, output;
  int zero;  // what stands for 0.0
} Carried;

typedef struct {
  LiteRtCompiledModel compiled;
  LiteRtParamIndex signature;
  size_t num_inputs, num_outputs;
  Port *inputs, *outputs;
  LiteRtTensorBuffer *input_buffers, *output_buffers;
  size_t num_carried;
  Carried* carried;
  long steps, step;  // runs of a sequence, and which of them comes next
  double library_us;  // loading and linking LiteRT
  double load_us;     // mapping and parsing the file
  double compile_us;  // delegation, memory planning, packing of weights
} Model;

// Loads and compiles the model of `args`; every failure fails the run.
Model model_load(const Args* args);

// One inference, before which `state_next` was called. Fails the run when LiteRT or a custom kernel reports a failure.
void model_run(Model* model);

// Copies `port->bytes` bytes into an input, or out of an output.
void port_write(const Port* port, const void* data);
void port_read(const Port* port, void* data);

// Writes the record `ready`: times, ports, memory.
void model_report(const Model* model, const Args* args);

#endif  // TFLITEKIT_MODEL_H_
