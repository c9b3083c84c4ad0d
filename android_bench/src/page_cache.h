#ifndef TFLITEKIT_PAGE_CACHE_H_
#define TFLITEKIT_PAGE_CACHE_H_

// Reads a file once, so that the kernel has it in memory and its storage is no part of a time. A
// file that cannot be read is left to whoever needs it.
void page_cache_fill(const char* path);

#endif  // TFLITEKIT_PAGE_CACHE_H_
