// Normalization of 16-bit rows: the plain version, the choice of one, and what is of a row.
#include "norm_wide.h"

#include "isa.h"

static NormWideSums sums(const int16_t* x, size_t n) {
  NormWideSums of = {0, 0};
  for (size_t i = 0; i < n; ++i) {
    of.sum += x[i];
    of.squares += x[i] * x[i];
  }
  return of;
}

#define NORM_WIDE_TARGET
#define NORM_WIDE_ISA scalar
#include "norm_wide_loops.h"

NormWideSums norm_wide_sums_scalar(const int16_t* x, size_t n) { return sums(x, n); }

enum { kBatch = 16 };

// Rows of a smaller root are constant.
static const double kLeastRoot = 1e-30;

// The best first.
static const IsaVersion versions[] = {
#define NORM_WIDE_VERSION(isa) {#isa, (IsaFunction)norm_wide_##isa},
    NORM_WIDE_VERSIONS(NORM_WIDE_VERSION)
#undef NORM_WIDE_VERSION
    {"scalar", (IsaFunction)norm_wide_scalar},
};

const NormWide* norm_wide(void) {
  return ((NormWideVersion*)isa_choose(versions, sizeof versions / sizeof *versions))();
}

// Of the row alone.
static NormAffine affine_of(const NormRows* header, NormWideSums of, double per_element) {
  double root = norm_rows_root(header, of.sum, of.squares, per_element);
  double inverse = root > kLeastRoot ? 1.0 / root : 0.0;
  return (NormAffine){.mean = (float)norm_rows_mean(header, of.sum, per_element),
                      .scale = (float)inverse};
}

static void give(const NormWide* version, const int16_t* x, const NormView* view,
                 NormAffine affine, size_t place) {
  affine.gain = view->gain;
  affine.offset = view->offset;
  affine.low = (float)view->header.low;
  affine.high = (float)view->header.high;
  version->scale(x, &affine, norm_steps_behind(view->y, place), (size_t)view->header.columns);
}

void norm_wide_rows(const NormWide* version, const int16_t* x, const NormView* views,
                    size_t num_views, size_t place, size_t rows) {
  const NormRows* header = &views[0].header;
  size_t n = (size_t)header->columns;
  double per_element = 1.0 / (double)n;
  // The roots of several rows together: each takes long, and none waits for another.
  NormAffine affines[kBatch];
  for (size_t first = 0; first < rows; first += kBatch) {
    size_t count = rows - first < kBatch ? rows - first : kBatch;
    for (size_t i = 0; i < count; ++i) {
      affines[i] = affine_of(header, version->sums(x + (first + i) * n, n), per_element);
    }
    for (size_t i = 0; i < count; ++i) {
      size_t row = (first + i) * n;
      for (size_t v = 0; v < num_views; ++v) {
        give(version, x + row, &views[v], affines[i], place + row);
      }
    }
  }
}
