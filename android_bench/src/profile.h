#ifndef TFLITEKIT_PROFILE_H_
#define TFLITEKIT_PROFILE_H_

#include "args.h"
#include "model.h"

// mode=profile: what each op takes, as LiteRT's own profiler sees it. It costs time, so nothing
// else is measured here.
void profile(Model* model, const Args* args);

#endif  // TFLITEKIT_PROFILE_H_
