#include "json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char* line;
static size_t used, room;

static void put(const char* text, size_t length) {
  if (used + length > room) {
    room = 2 * (used + length) + 256;
    line = realloc(line, room);
    if (line == NULL) _Exit(1);
  }
  memcpy(line + used, text, length);
  used += length;
}

static void put_format(const char* format, ...) {
  char text[64];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  put(text, (size_t)length);
}

static void put_quoted(const char* text) {
  put("\"", 1);
  for (; *text; ++text) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
      put_format("\\%c", c);
    } else if (c < 0x20) {
      put_format("\\u%04x", c);
    } else {
      put(text, 1);
    }
  }
  put("\"", 1);
}

// A comma where one is due, and the key where there is one.
static void put_key(const char* key) {
  char last = used ? line[used - 1] : '{';
  if (last != '{' && last != '[') put(",", 1);
  if (key == NULL) return;
  put_quoted(key);
  put(":", 1);
}

void json_begin(const char* type) {
  put("{", 1);
  json_string("t", type);
}

void json_end(void) {
  put("}\n", 2);
  fwrite(line, 1, used, stdout);
  fflush(stdout);
  used = 0;
}

void json_discard(void) { used = 0; }

void json_string(const char* key, const char* value) {
  put_key(key);
  put_quoted(value);
}

void json_integer(const char* key, int64_t value) {
  put_key(key);
  put_format("%lld", (long long)value);
}

void json_number(const char* key, double value) {
  put_key(key);
  if (isfinite(value)) {
    put_format("%.12g", value);
  } else {
    put("null", 4);
  }
}

void json_boolean(const char* key, int value) {
  put_key(key);
  put_format("%s", value ? "true" : "false");
}

void json_array(const char* key) {
  put_key(key);
  put("[", 1);
}

void json_array_end(void) { put("]", 1); }

void json_object(const char* key) {
  put_key(key);
  put("{", 1);
}

void json_object_end(void) { put("}", 1); }
