// How far a run over samples is.
#ifndef TFLITEKIT_PROGRESS_H_
#define TFLITEKIT_PROGRESS_H_

// Writes a record `progress`, at most four times a second; `last_us` keeps when, on clock_us().
void progress_report(long done, double* last_us);

#endif  // TFLITEKIT_PROGRESS_H_
