// The least that can be done to time a model: LiteRtRunCompiledModel in a loop, nothing around it.
// Prints one time a line, in microseconds. Usage: as the runner's, library= model= seconds=
#include <stdio.h>
#include <stdlib.h>

#include "args.h"
#include "clock.h"
#include "inputs.h"
#include "model.h"

int main(int argc, char** argv) {
  Args args = args_parse(argc, argv);
  Model model = model_load(&args);
  inputs_fill(&model, &args);
  double* samples = calloc((size_t)args.max_runs, sizeof *samples);
  if (samples == NULL) return 1;
  double limit = clock_us() + args.warmup_seconds * 1e6;
  while (clock_us() < limit) model_run(&model);

  long runs = 0;
  limit = clock_us() + args.seconds * 1e6;
  while (runs < args.max_runs && clock_us() < limit) {
    double start = clock_us();
    litert.LiteRtRunCompiledModel(model.compiled, model.signature, model.num_inputs,
                                  model.input_buffers, model.num_outputs, model.output_buffers);
    samples[runs++] = clock_us() - start;
  }
  for (long i = 0; i < runs; ++i) printf("%.3f\n", samples[i]);
  fflush(stdout);
  _Exit(0);
}
