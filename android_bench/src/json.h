// JSON Lines on stdout: one record a line, written whole.
#ifndef TFLITEKIT_JSON_H_
#define TFLITEKIT_JSON_H_

#include <stddef.h>
#include <stdint.h>

// A record of the given type: {"t": type, ...}. Fields follow, then json_end() writes the line.
void json_begin(const char* type);
void json_end(void);

// Drops a record that was begun and not ended.
void json_discard(void);

void json_string(const char* key, const char* value);
void json_integer(const char* key, int64_t value);
void json_number(const char* key, double value);  // null where not finite
void json_boolean(const char* key, int value);

// Arrays; elements are written with a NULL key, json_array_end closes.
void json_array(const char* key);
void json_array_end(void);
void json_object(const char* key);
void json_object_end(void);

#endif  // TFLITEKIT_JSON_H_
