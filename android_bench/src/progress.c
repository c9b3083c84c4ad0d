#include "progress.h"

#include "clock.h"
#include "json.h"

static const double kIntervalUs = 250e3;

void progress_report(long done, double* last_us) {
  double now = clock_us();
  if (now - *last_us < kIntervalUs) return;
  *last_us = now;
  json_begin("progress");
  json_integer("done", done);
  json_end();
}
