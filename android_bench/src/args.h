// What the host asks of one run: key=value words, only those that differ from the default.
#ifndef TFLITEKIT_ARGS_H_
#define TFLITEKIT_ARGS_H_

// X(type, name, default); the type is `text`, `integer` or `number`. PROTOCOL.md explains each.
#define RUNNER_ARGUMENTS(X)      \
  X(text, build, "")             \
  X(text, mode, "bench")         \
  X(text, library, "libLiteRt.so") \
  X(text, model, "")             \
  X(text, signature, "")         \
  X(text, metric, "")            \
  X(text, accelerator, "cpu")    \
  X(text, cores, "")             \
  X(text, state, "")             \
  X(integer, threads, 1)         \
  X(integer, count, 0)           \
  X(integer, steps, 1)           \
  X(integer, seed, 0)            \
  X(integer, weight_cache, 0)    \
  X(integer, min_runs, 50)       \
  X(integer, max_runs, 100000)   \
  X(integer, stride, 1)          \
  X(number, seconds, 2.0)        \
  X(number, max_seconds, 60.0)   \
  X(number, warmup_seconds, 5.0) \
  X(number, hold_seconds, 0.0)

typedef const char* args_text;
typedef long args_integer;
typedef double args_number;

#define RUNNER_MEMBER(type, name, value) args_##type name;
typedef struct {
  RUNNER_ARGUMENTS(RUNNER_MEMBER)
} Args;
#undef RUNNER_MEMBER

// Parses argv[1..]; an unknown key or a value that is no number fails the run.
Args args_parse(int argc, char** argv);

#endif  // TFLITEKIT_ARGS_H_
