#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "accelerator.h"
#include "clock.h"
#include "custom_ops.h"
#include "element.h"
#include "fail.h"
#include "json.h"
#include "memory.h"
#include "options.h"
#include "parallel.h"
#include "process.h"
#include "state.h"

static void* allocate(size_t count, size_t size) {
  void* memory = calloc(count ? count : 1, size);
  if (memory == NULL) fail("memory", "cannot allocate %zu x %zu bytes", count, size);
  return memory;
}

// The index of the signature that is asked for by key; the first where none is asked for.
static LiteRtParamIndex find_signature(LiteRtModel model, const char* wanted) {
  LiteRtParamIndex count;
  LITERT(LiteRtGetNumModelSignatures, model, &count);
  for (LiteRtParamIndex i = 0; i < count; ++i) {
    LiteRtSignature signature;
    const char* key;
    LITERT(LiteRtGetModelSignature, model, i, &signature);
    LITERT(LiteRtGetSignatureKey, signature, &key);
    if (*wanted == '\0' || strcmp(key, wanted) == 0) return i;
  }
  fail("model", "the model has no signature %s", wanted);
}

static void make_buffer(LiteRtEnvironment environment, Port* port, const LiteRtLayout* layout,
                        LiteRtTensorBufferRequirements requirements) {
  // The declared type may hold -1; the compiled model's layout is what will run.
  port->type.layout = *layout;
  LITERT(LiteRtCreateManagedTensorBufferFromRequirements, environment, &port->type, requirements,
         &port->buffer);
  port->in_file = true;
  LITERT(LiteRtGetTensorBufferPackedSize, port->buffer, &port->bytes);
}

static void make_input(LiteRtEnvironment environment, Model* model, LiteRtSignature signature,
                       size_t i) {
  Port* port = &model->inputs[i];
  LiteRtTensor tensor;
  LiteRtLayout layout;
  LiteRtTensorBufferRequirements requirements;
  LITERT(LiteRtGetSignatureInputName, signature, i, &port->name);
  LITERT(LiteRtGetSignatureInputTensorByIndex, signature, i, &tensor);
  LITERT(LiteRtGetRankedTensorType, tensor, &port->type);
  LITERT(LiteRtGetCompiledModelInputTensorLayout, model->compiled, model->signature, i, &layout);
  LITERT(LiteRtGetCompiledModelInputBufferRequirements, model->compiled, model->signature, i,
         &requirements);
  make_buffer(environment, port, &layout, requirements);
  model->input_buffers[i] = port->buffer;
}

static void make_output(LiteRtEnvironment environment, Model* model, LiteRtSignature signature,
                        size_t i, const LiteRtLayout* layout) {
  Port* port = &model->outputs[i];
  LiteRtTensor tensor;
  LiteRtTensorBufferRequirements requirements;
  LITERT(LiteRtGetSignatureOutputName, signature, i, &port->name);
  LITERT(LiteRtGetSignatureOutputTensorByIndex, signature, i, &tensor);
  LITERT(LiteRtGetRankedTensorType, tensor, &port->type);
  LITERT(LiteRtGetCompiledModelOutputBufferRequirements, model->compiled, model->signature, i,
         &requirements);
  make_buffer(environment, port, layout, requirements);
  model->output_buffers[i] = port->buffer;
}

static void make_ports(LiteRtEnvironment environment, Model* model, LiteRtSignature signature) {
  LITERT(LiteRtGetNumSignatureInputs, signature, &model->num_inputs);
  LITERT(LiteRtGetNumSignatureOutputs, signature, &model->num_outputs);
  model->inputs = allocate(model->num_inputs, sizeof(Port));
  model->outputs = allocate(model->num_outputs, sizeof(Port));
  model->input_buffers = allocate(model->num_inputs, sizeof(LiteRtTensorBuffer));
  model->output_buffers = allocate(model->num_outputs, sizeof(LiteRtTensorBuffer));
  for (size_t i = 0; i < model->num_inputs; ++i) make_input(environment, model, signature, i);
  LiteRtLayout* layouts = allocate(model->num_outputs, sizeof(LiteRtLayout));
  LITERT(LiteRtGetCompiledModelOutputTensorLayouts, model->compiled, model->signature,
         model->num_outputs, layouts, true);
  for (size_t i = 0; i < model->num_outputs; ++i) {
    make_output(environment, model, signature, i, &layouts[i]);
  }
  free(layouts);
}

Model model_load(const Args* args) {
  Model model = {0};
  LiteRtModel file;
  LiteRtSignature signature;
  double begin = clock_us();
  litert_open(args->library);
  model.library_us = clock_us() - begin;
  memory_moment("library");
  parallel_use((int)args->threads);
  LiteRtEnvironment environment = accelerator_environment(args);
  LiteRtOptions options = options_make(args);

  double start = clock_us();
  LITERT(LiteRtCreateModelFromFile, environment, args->model, &file);
  model.load_us = clock_us() - start;
  memory_moment("model");
  start = clock_us();
  LITERT(LiteRtCreateCompiledModel, environment, file, options, &model.compiled);
  model.compile_us = clock_us() - start;

  model.signature = find_signature(file, args->signature);
  LITERT(LiteRtGetModelSignature, file, model.signature, &signature);
  make_ports(environment, &model, signature);
  state_open(&model, args);
  custom_ops_check();
  memory_moment("compiled");
  return model;
}

void model_run(Model* model) {
  LITERT(LiteRtRunCompiledModel, model->compiled, model->signature, model->num_inputs,
         model->input_buffers, model->num_outputs, model->output_buffers);
  custom_ops_check();
}

void port_write(const Port* port, const void* data) {
  void* memory;
  LITERT(LiteRtLockTensorBuffer, port->buffer, &memory, kLiteRtLockWrite);
  memcpy(memory, data, port->bytes);
  LITERT(LiteRtUnlockTensorBuffer, port->buffer);
}

void port_read(const Port* port, void* data) {
  void* memory;
  LITERT(LiteRtLockTensorBuffer, port->buffer, &memory, kLiteRtLockRead);
  memcpy(data, memory, port->bytes);
  LITERT(LiteRtUnlockTensorBuffer, port->buffer);
}

static void report_ports(const char* key, const Port* ports, size_t count) {
  json_array(key);
  for (size_t i = 0; i < count; ++i) {
    json_object(NULL);
    json_string("name", ports[i].name);
    json_string("dtype", element_name(ports[i].type.element_type));
    json_array("shape");
    for (unsigned axis = 0; axis < ports[i].type.layout.rank; ++axis) {
      json_integer(NULL, ports[i].type.layout.dimensions[axis]);
    }
    json_array_end();
    json_integer("bytes", (int64_t)ports[i].bytes);
    json_object_end();
  }
  json_array_end();
}

void model_report(const Model* model, const Args* args) {
  json_begin("ready");
  json_number("library_us", model->library_us);
  json_number("load_us", model->load_us);
  json_number("compile_us", model->compile_us);
  json_integer("rss_bytes", process_memory("VmRSS"));
  process_report_cores("cores");
  accelerator_report(args, model->compiled);
  report_ports("inputs", model->inputs, model->num_inputs);
  report_ports("outputs", model->outputs, model->num_outputs);
  json_end();
}
