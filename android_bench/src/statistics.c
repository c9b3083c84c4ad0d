#include "statistics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

enum {
  kFewestLanes = 64,
  // The histogram takes about this many elements of a sample at most.
  kCountedPerSample = 4096,
};

static void* room(size_t count, size_t size) {
  void* memory = calloc(count ? count : 1, size);
  if (memory == NULL) fail("memory", "no room for %zu x %zu bytes of statistics", count, size);
  return memory;
}

static size_t common_divisor(size_t a, size_t b) {
  while (b != 0) {
    size_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// Prime to the number of channels: each sample then shows the histogram all channels alike.
static size_t choose_stride(size_t elements, size_t channels) {
  size_t stride = (elements + kCountedPerSample - 1) / kCountedPerSample;
  if (stride <= 1) return 1;
  while (common_divisor(stride, channels) != 1) ++stride;
  return stride;
}

Statistics statistics_new(size_t elements, size_t channels) {
  size_t lanes = channels * ((kFewestLanes + channels - 1) / channels);
  Statistics made = {
      .kernel = moments_kernel(),
      .elements = elements,
      .channels = channels,
      .lanes = lanes,
      .minimum = room(lanes, sizeof(float)),
      .maximum = room(lanes, sizeof(float)),
      .sum = room(lanes, sizeof(double)),
      .sum2 = room(lanes, sizeof(double)),
      .bins = room(kBins, sizeof(uint64_t)),
      .stride = choose_stride(elements, channels),
  };
  for (size_t lane = 0; lane < lanes; ++lane) {
    made.minimum[lane] = INFINITY;
    made.maximum[lane] = -INFINITY;
  }
  return made;
}

void statistics_free(Statistics* statistics) {
  free(statistics->minimum);
  free(statistics->maximum);
  free(statistics->sum);
  free(statistics->sum2);
  free(statistics->bins);
}

// One value at a time, beginning with lane 0; non-finite ones are only counted.
static void add_slowly(Statistics* statistics, const float* values, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    float value = values[i];
    if (!isfinite(value)) {
      ++statistics->nonfinite;
      continue;
    }
    size_t lane = i % statistics->lanes;
    if (value < statistics->minimum[lane]) statistics->minimum[lane] = value;
    if (value > statistics->maximum[lane]) statistics->maximum[lane] = value;
    statistics->sum[lane] += (double)value;
    statistics->sum2[lane] += (double)value * (double)value;
  }
}

// Takes as many whole blocks as there are, and returns where the next one would begin.
static size_t add_blocks(Statistics* statistics, const float* values, size_t done, size_t block,
                         void (*add)(const Moments*, const float*)) {
  const MomentsKernel* kernel = statistics->kernel;
  const Moments moments = {statistics->lanes, statistics->minimum, statistics->maximum,
                           statistics->sum, statistics->sum2};
  for (; done + block <= statistics->elements; done += block) {
    // A block at a time, so that `add` finds in the cache what was checked.
    if (kernel->all_finite(values + done, block)) {
      add(&moments, values + done);
    } else {
      add_slowly(statistics, values + done, block);
    }
  }
  return done;
}

static void add_moments(Statistics* statistics, const float* values) {
  const MomentsKernel* kernel = statistics->kernel;
  const size_t lanes = statistics->lanes;
  size_t done = add_blocks(statistics, values, 0, kRows * lanes, kernel->add_rows);
  done = add_blocks(statistics, values, done, lanes, kernel->add_row);
  add_slowly(statistics, values + done, statistics->elements - done);
}

// Starts one element later with each sample, so that in time every position is seen.
static void add_histogram(Statistics* statistics, const float* values) {
  uint64_t* bins = statistics->bins;
  const size_t stride = statistics->stride;
  for (size_t i = statistics->samples % stride; i < statistics->elements; i += stride) {
    uint32_t bits;
    memcpy(&bits, &values[i], sizeof bits);
    ++bins[bits >> 16];
  }
}

void statistics_add(Statistics* statistics, const float* values) {
  add_moments(statistics, values);
  add_histogram(statistics, values);
  ++statistics->samples;
}

static void put(const void* data, size_t size, size_t count, FILE* file) {
  if (fwrite(data, size, count, file) != count) fail("file", "stats.bin: %s", strerror(errno));
}

// Lanes channel, channel + channels, ... belong to one channel. Adding 0 turns -0 into 0.
#define FOLD(type, name, member, start, combine)                                          \
  static void name(const Statistics* statistics, FILE* file) {                            \
    for (size_t channel = 0; channel < statistics->channels; ++channel) {                 \
      type result = start;                                                                \
      for (size_t i = channel; i < statistics->lanes; i += statistics->channels) {        \
        type lane = statistics->member[i];                                                \
        result = combine;                                                                 \
      }                                                                                   \
      result += 0;                                                                        \
      put(&result, sizeof result, 1, file);                                               \
    }                                                                                     \
  }

FOLD(float, write_minimum, minimum, INFINITY, lane < result ? lane : result)
FOLD(float, write_maximum, maximum, -INFINITY, lane > result ? lane : result)
FOLD(double, write_sum, sum, 0, result + lane)
FOLD(double, write_sum2, sum2, 0, result + lane)

static int is_occupied(const Statistics* statistics, uint32_t bin) {
  const uint32_t exponent = 0x7f80;  // all ones: NaN and infinities, which `nonfinite` counts
  return statistics->bins[bin] != 0 && (bin & exponent) != exponent;
}

static void write_bins(const Statistics* statistics, FILE* file) {
  for (uint32_t bin = 0; bin < kBins; ++bin) {
    uint16_t upper = (uint16_t)bin;
    if (is_occupied(statistics, bin)) put(&upper, sizeof upper, 1, file);
  }
  for (uint32_t bin = 0; bin < kBins; ++bin) {
    if (is_occupied(statistics, bin)) put(&statistics->bins[bin], sizeof(uint64_t), 1, file);
  }
}

void statistics_write(const Statistics* statistics, FILE* file) {
  uint32_t occupied = 0;
  for (uint32_t bin = 0; bin < kBins; ++bin) occupied += is_occupied(statistics, bin);
  const uint32_t sizes[] = {(uint32_t)statistics->channels, occupied};
  const uint64_t counts[] = {statistics->elements * statistics->samples, statistics->nonfinite};
  put(sizes, sizeof *sizes, 2, file);
  put(counts, sizeof *counts, 2, file);
  write_minimum(statistics, file);
  write_maximum(statistics, file);
  write_sum(statistics, file);
  write_sum2(statistics, file);
  write_bins(statistics, file);
}
