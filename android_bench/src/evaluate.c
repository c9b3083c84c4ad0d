#include "evaluate.h"

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "fail.h"
#include "inputs.h"
#include "metric.h"
#include "progress.h"
#include "state.h"

static void outputs_next(Model* model, PortFiles* files) {
  for (size_t i = 0; i < files->count; ++i) {
    if (files->files[i] == NULL) continue;
    size_t bytes = model->outputs[i].bytes;
    port_read(&model->outputs[i], files->samples[i]);
    if (fwrite(files->samples[i], 1, bytes, files->files[i]) != bytes) {
      fail("file", "out%zu.bin: %s", i, strerror(errno));
    }
  }
}

void evaluate(Model* model, const Args* args) {
  PortFiles inputs = files_open("in", "rb", model->inputs, model->num_inputs);
  PortFiles outputs = files_open("out", "wb", model->outputs, model->num_outputs);
  Metric metric = metric_open(args->metric, model);
  double last = clock_us();
  for (long i = 0; i < args->count; ++i) {
    for (long step = 0; step < args->steps; ++step) {
      inputs_next(model, &inputs);
      state_next(model);
      model_run(model);
      outputs_next(model, &outputs);
    }
    metric_add(&metric, outputs.samples);
    progress_report(i + 1, &last);
  }
  files_close(&inputs);
  files_close(&outputs);
  metric_close(&metric, args->count);
}
