// The threads that kernels share, as many as the run was given.
#ifndef TFLITEKIT_KERNELS_PARALLEL_H_
#define TFLITEKIT_KERNELS_PARALLEL_H_

#include <stddef.h>

// Threads for all kernels from now on, the caller's among them; 1 until it is called. Not while a
// kernel runs.
void parallel_use(int threads);

typedef void ParallelTask(const void* context, size_t begin, size_t end);

// Calls `task` for parts of [0, count) that together are all of it, and waits. A part has at least
// `least` items but for the last, so that small work stays on the caller's thread. What a task
// gives must not depend on how the items are parted.
void parallel_for(ParallelTask* task, const void* context, size_t count, size_t least);

#endif  // TFLITEKIT_KERNELS_PARALLEL_H_
