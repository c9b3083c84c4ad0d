#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "json.h"

void fail(const char* kind, const char* format, ...) {
  char message[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  json_discard();
  json_begin("error");
  json_string("kind", kind);
  json_string("message", message);
  json_end();
  // Not exit(): LiteRT's static destructors have no part in a run that failed.
  _Exit(1);
}
