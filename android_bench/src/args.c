#include "args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

static void parse_text(const char* key, const char* value, args_text* slot) {
  (void)key;
  *slot = value;
}

static void parse_integer(const char* key, const char* value, args_integer* slot) {
  char* end;
  errno = 0;
  *slot = strtol(value, &end, 10);
  if (end == value || *end || errno) fail("arguments", "%s=%s is not an integer", key, value);
}

static void parse_number(const char* key, const char* value, args_number* slot) {
  char* end;
  errno = 0;
  *slot = strtod(value, &end);
  if (end == value || *end || errno) fail("arguments", "%s=%s is not a number", key, value);
}

static void parse_word(char* word, Args* args) {
  char* equals = strchr(word, '=');
  if (equals == NULL) fail("arguments", "%s is not of the form key=value", word);
  *equals = '\0';
  const char* value = equals + 1;
#define RUNNER_PARSE(type, name, fallback) \
  if (strcmp(word, #name) == 0) {          \
    parse_##type(word, value, &args->name); \
    return;                                \
  }
  RUNNER_ARGUMENTS(RUNNER_PARSE)
#undef RUNNER_PARSE
  fail("arguments", "%s is not an argument of this runner", word);
}

Args args_parse(int argc, char** argv) {
#define RUNNER_DEFAULT(type, name, value) .name = value,
  Args args = {RUNNER_ARGUMENTS(RUNNER_DEFAULT)};
#undef RUNNER_DEFAULT
  for (int i = 1; i < argc; ++i) parse_word(argv[i], &args);
  if (args.threads < 1) fail("arguments", "threads=%ld: at least 1 is needed", args.threads);
  if (args.stride < 1) fail("arguments", "stride=%ld: at least 1 is needed", args.stride);
  if (args.steps < 1) fail("arguments", "steps=%ld: at least 1 is needed", args.steps);
  return args;
}
