#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "element.h"
#include "fail.h"

static bool is_byte(const Port* port) {
  return port->type.element_type == kElement_int8 || port->type.element_type == kElement_uint8;
}

static void check(const Model* model, const Carried* one) {
  if (one->input >= model->num_inputs || one->output >= model->num_outputs) {
    fail("arguments", "state: the model has no input %zu or no output %zu", one->input,
         one->output);
  }
  const Port *input = &model->inputs[one->input], *output = &model->outputs[one->output];
  if (input->bytes != output->bytes || input->type.element_type != output->type.element_type) {
    fail("arguments", "state: output %s has another size or type than input %s", output->name,
         input->name);
  }
  if (one->zero != 0 && !is_byte(input)) {
    fail("arguments", "state: 0.0 is 0 in %s of type %s", input->name,
         element_name(input->type.element_type));
  }
}

// Takes "input:output:zero:written" off the text; gives where the next one begins.
static const char* parse_one(Model* model, const char* text) {
  Carried one;
  int written, length = 0;
  sscanf(text, "%zu:%zu:%d:%d%n", &one.input, &one.output, &one.zero, &written, &length);
  if (length == 0 || (text[length] != ',' && text[length] != '\0')) {
    fail("arguments", "state: %s is not of the form input:output:zero:written", text);
  }
  check(model, &one);
  model->inputs[one.input].in_file = false;
  model->outputs[one.output].in_file = written != 0;
  model->carried[model->num_carried++] = one;
  return text + length + (text[length] == ',');
}

void state_open(Model* model, const Args* args) {
  model->steps = args->steps;
  model->carried = calloc(strlen(args->state) + 1, sizeof(Carried));
  if (model->carried == NULL) fail("memory", "no room for the state");
  for (const char* text = args->state; *text;) text = parse_one(model, text);
}

static void clear(const Port* port, int zero) {
  void* memory;
  LITERT(LiteRtLockTensorBuffer, port->buffer, &memory, kLiteRtLockWrite);
  memset(memory, zero, port->bytes);
  LITERT(LiteRtUnlockTensorBuffer, port->buffer);
}

// What was written is what will be read; the other buffer is free to be written.
static void swap(Model* model, const Carried* one) {
  Port *input = &model->inputs[one->input], *output = &model->outputs[one->output];
  LiteRtTensorBuffer buffer = input->buffer;
  input->buffer = model->input_buffers[one->input] = output->buffer;
  output->buffer = model->output_buffers[one->output] = buffer;
}

void state_next(Model* model) {
  for (size_t i = 0; i < model->num_carried; ++i) {
    const Carried* one = &model->carried[i];
    if (model->step == 0) {
      clear(&model->inputs[one->input], one->zero);
    } else {
      swap(model, one);
    }
  }
  model->step = (model->step + 1) % model->steps;
}
