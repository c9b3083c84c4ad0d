// Eight weights at a time; the table of an octave lies in eight registers, its bytes apart.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "softmax_row.h"

enum { kLanes = 8, kPartBits = 6, kQuarter = 16 };

// Eight numbers.
typedef struct {
  int32x4_t low, high;
} Steps;
typedef struct {
  float32x4_t low, high;
} Logits;

static inline Steps steps_of(const SoftmaxRow* row, size_t i) {
  if (row->wide != NULL) return (Steps){vld1q_s32(row->wide + i), vld1q_s32(row->wide + i + 4)};
  int16x8_t steps = vmovl_s8(vld1_s8(row->narrow + i));
  return (Steps){vmovl_s16(vget_low_s16(steps)), vmovl_s16(vget_high_s16(steps))};
}

// All bits of the lanes that are kept.
static inline uint16x8_t kept_of(const SoftmaxRow* row, size_t i) {
  if (row->added.kept == NULL) return vdupq_n_u16(0xffff);
  uint8x8_t kept = vld1_u8(row->added.kept + i);
  return vreinterpretq_u16_s16(vmovl_s8(vreinterpret_s8_u8(vtst_u8(kept, kept))));
}

static inline float32x4_t logits_at(const SoftmaxRow* row, size_t i, int32x4_t steps) {
  float32x4_t values = vmulq_f32(vcvtq_f32_s32(steps), vdupq_n_f32(row->scale->scale));
  values = vaddq_f32(values, vld1q_f32(row->added.numbers + i));
  return vmaxq_f32(values, vdupq_n_f32(SOFTMAX_LEAST));
}

static inline Logits logits_of(const SoftmaxRow* row, size_t i) {
  Steps steps = steps_of(row, i);
  return (Logits){logits_at(row, i, steps.low), logits_at(row, i + 4, steps.high)};
}

static inline int32_t largest_step(const SoftmaxRow* row) {
  int32x4_t least = vdupq_n_s32(INT32_MIN), largest = least;
  size_t i = 0;
  for (; i + kLanes <= row->n; i += kLanes) {
    Steps steps = steps_of(row, i);
    int16x8_t kept = vreinterpretq_s16_u16(kept_of(row, i));
    uint32x4_t low = vreinterpretq_u32_s32(vmovl_s16(vget_low_s16(kept)));
    uint32x4_t high = vreinterpretq_u32_s32(vmovl_s16(vget_high_s16(kept)));
    largest = vmaxq_s32(largest, vbslq_s32(low, steps.low, least));
    largest = vmaxq_s32(largest, vbslq_s32(high, steps.high, least));
  }
  return softmax_row_largest_step(row, i, vmaxvq_s32(largest));
}

static inline float largest_logit(const SoftmaxRow* row) {
  float32x4_t largest = vdupq_n_f32(SOFTMAX_LEAST);
  size_t i = 0;
  for (; i + kLanes <= row->n; i += kLanes) {
    Logits logits = logits_of(row, i);
    largest = vmaxq_f32(largest, vmaxq_f32(logits.low, logits.high));
  }
  return softmax_row_largest_logit(row, i, vmaxvq_f32(largest));
}

// In whole parts of an octave, ties to even.
static inline uint16x8_t parts_of(Logits below) {
  float32x4_t cut = vdupq_n_f32(kExpCut);
  uint32x4_t low = vcvtnq_u32_f32(vminq_f32(below.low, cut));
  uint32x4_t high = vcvtnq_u32_f32(vminq_f32(below.high, cut));
  return vcombine_u16(vmovn_u32(low), vmovn_u32(high));
}

static inline Logits below_largest(const SoftmaxRow* row, size_t i, SoftmaxLargest most) {
  if (row->added.numbers != NULL) {
    float32x4_t largest = vdupq_n_f32(most.logit);
    Logits logits = logits_of(row, i);
    return (Logits){vsubq_f32(largest, logits.low), vsubq_f32(largest, logits.high)};
  }
  int32x4_t largest = vdupq_n_s32(most.step);
  float32x4_t scale = vdupq_n_f32(row->scale->scale);
  Steps steps = steps_of(row, i);
  return (Logits){vmulq_f32(vcvtq_f32_s32(vsubq_s32(largest, steps.low)), scale),
                  vmulq_f32(vcvtq_f32_s32(vsubq_s32(largest, steps.high)), scale)};
}

typedef struct {
  uint8x16x4_t low, high;  // bytes of the 64 entries
} Table;

static inline Table load_table(const uint16_t* entries) {
  Table table;
  for (int i = 0; i < 4; ++i) {
    uint8x16x2_t bytes = vld2q_u8((const uint8_t*)(entries + kQuarter * i));
    table.low.val[i] = bytes.val[0];
    table.high.val[i] = bytes.val[1];
  }
  return table;
}

static inline uint16x8_t weights_of(const Table* table, uint16x8_t parts, int16x8_t shift) {
  uint8x8_t index = vand_u8(vmovn_u16(parts), vdup_n_u8(kExpParts - 1));
  uint8x8_t low = vqtbl4_u8(table->low, index), high = vqtbl4_u8(table->high, index);
  uint16x8_t doubled = vorrq_u16(vmovl_u8(low), vshll_n_u8(high, 8));
  int16x8_t shifts = vaddq_s16(vreinterpretq_s16_u16(vshrq_n_u16(parts, kPartBits)), shift);
  doubled = vshlq_u16(doubled, vnegq_s16(shifts));
  return vrhaddq_u16(doubled, vdupq_n_u16(0));
}

// The bytes of 16 places in a table of 256.
static inline uint8x16_t look_up(const uint8_t* table, uint8x16_t place) {
  uint8x16_t found = vqtbl4q_u8(vld1q_u8_x4(table), place);
  for (int part = 1; part < 4; ++part) {
    place = vsubq_u8(place, vdupq_n_u8(kExpParts));
    found = vqtbx4q_u8(found, vld1q_u8_x4(table + part * kExpParts), place);
  }
  return found;
}

static inline int8_t largest_int8(const SoftmaxRow* row, size_t whole) {
  int8x16_t least = vdupq_n_s8(INT8_MIN), largest = least;
  for (size_t i = 0; i < whole; i += 16) {
    int8x16_t steps = vld1q_s8(row->narrow + i);
    if (row->added.kept != NULL) {
      uint8x16_t kept = vld1q_u8(row->added.kept + i);
      steps = vbslq_s8(vtstq_u8(kept, kept), steps, least);
    }
    largest = vmaxq_s8(largest, steps);
  }
  return vmaxvq_s8(largest);
}

static inline int any_kept(const SoftmaxRow* row) {
  if (row->added.kept == NULL) return 1;
  uint8_t any = 0;
  for (size_t i = 0; i < row->n; ++i) any |= row->added.kept[i];
  return any != 0;
}

// Int8 logits to which no numbers are added.
static inline SoftmaxSum weigh_steps(const SoftmaxRow* row, int16_t* weights) {
  const SoftmaxScale* scale = row->scale;
  if (!any_kept(row)) return softmax_row_uniform(row, weights);
  size_t i = 0, whole = row->n / 16 * 16;
  SoftmaxLargest most = {softmax_row_largest_step(row, whole, largest_int8(row, whole)), 0};
  uint8x16_t largest = vdupq_n_u8((uint8_t)most.step);
  uint32x4_t sums = vdupq_n_u32(0);
  for (i = 0; i < whole; i += 16) {
    uint8x16_t below = vsubq_u8(largest, vld1q_u8((const uint8_t*)row->narrow + i));
    uint8x16x2_t found = {{look_up(scale->low, below), look_up(scale->high, below)}};
    if (row->added.kept != NULL) {
      uint8x16_t kept = vld1q_u8(row->added.kept + i);
      kept = vtstq_u8(kept, kept);
      found.val[0] = vandq_u8(found.val[0], kept);
      found.val[1] = vandq_u8(found.val[1], kept);
    }
    sums = vpadalq_u16(sums, vpaddlq_u8(found.val[0]));
    sums = vaddq_u32(sums, vshlq_n_u32(vpaddlq_u16(vpaddlq_u8(found.val[1])), 8));
    vst2q_u8((uint8_t*)(weights + i), found);
  }
  return softmax_row_finish(row, i, most, (int32_t)vaddvq_u32(sums), weights);
}

static inline SoftmaxSum weigh_row(const SoftmaxRow* row, int16_t* weights) {
  int has_numbers = row->added.numbers != NULL;
  SoftmaxLargest largest = {has_numbers ? 0 : largest_step(row),
                            has_numbers ? largest_logit(row) : 0};
  if (largest.step == INT32_MIN) return softmax_row_uniform(row, weights);
  int16x8_t shift = vdupq_n_s16((int16_t)row->scale->shift);
  Table table = load_table(row->scale->table);
  uint32x4_t sums = vdupq_n_u32(0);
  size_t i = 0;
  for (; i + kLanes <= row->n; i += kLanes) {
    uint16x8_t parts = parts_of(below_largest(row, i, largest));
    uint16x8_t found = vandq_u16(weights_of(&table, parts, shift), kept_of(row, i));
    sums = vpadalq_u16(sums, found);
    vst1q_s16(weights + i, vreinterpretq_s16_u16(found));
  }
  return softmax_row_finish(row, i, largest, (int32_t)vaddvq_u32(sums), weights);
}

static SoftmaxSum weigh(const int32_t* steps, SoftmaxAdded added, size_t n,
                        const SoftmaxScale* scale, int16_t* weights) {
  SoftmaxRow row = {steps, NULL, added, n, scale};
  return weigh_row(&row, weights);
}

static SoftmaxSum weigh_int8(const int8_t* steps, SoftmaxAdded added, size_t n,
                             const SoftmaxScale* scale, int16_t* weights) {
  SoftmaxRow row = {NULL, steps, added, n, scale};
  return added.numbers != NULL ? weigh_row(&row, weights) : weigh_steps(&row, weights);
}

static void divide(const int16_t* weights, size_t n, SoftmaxReciprocal sum, int8_t* y) {
  int16x8_t factor = vdupq_n_s16(sum.factor), exponent = vdupq_n_s16((int16_t)-sum.exponent);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    int16x8_t scaled = vqrdmulhq_s16(vld1q_s16(weights + i), factor);
    uint16x8_t steps = vrshlq_u16(vreinterpretq_u16_s16(scaled), exponent);
    uint8x8_t bytes = veor_u8(vqmovn_u16(steps), vdup_n_u8(0x80));
    vst1_s8(y + i, vreinterpret_s8_u8(bytes));
  }
  for (; i < n; ++i) y[i] = softmax_quotient(weights[i], sum);
}

const SoftmaxRows softmax_rows_neon = {weigh, weigh_int8, divide};
#endif
