// How fast a processor is just now, without any permission to ask.
#ifndef TFLITEKIT_SPIN_H_
#define TFLITEKIT_SPIN_H_

// The microseconds of a fixed number of dependent integer steps that touch no memory: the best of
// a few passes, some 15 ms together. It is inversely proportional to the clock rate of the
// processor that the caller runs on, so that two of them show a clock that fell in between.
double spin_us(void);

#endif  // TFLITEKIT_SPIN_H_
