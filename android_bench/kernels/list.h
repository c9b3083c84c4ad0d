// Every custom op of this build: X(name of its Kernel object). One line a kernel.
#ifndef TFLITEKIT_KERNELS_LIST_H_
#define TFLITEKIT_KERNELS_LIST_H_

#include "tflitekit_kernel.h"

#define KERNELS(X) X(kernel_add_norm) X(kernel_layer_norm) X(kernel_group_norm) X(kernel_lrn) X(kernel_table) \
  X(kernel_attention) X(kernel_softmax) X(kernel_batch_matmul) X(kernel_fully_connected) X(kernel_embedding) X(kernel_rescale) X(kernel_rotary) \
  X(kernel_lstm) X(kernel_gru) X(kernel_simple_rnn) X(kernel_conv_lstm) \
  X(kernel_arithmetic) X(kernel_average_pool) X(kernel_pair_table) X(kernel_lookup) \
  X(kernel_scatter) X(kernel_cast) X(kernel_one_hot) X(kernel_cumulative_sum)

#define KERNEL_DECLARE(object) extern const Kernel object;
KERNELS(KERNEL_DECLARE)
#undef KERNEL_DECLARE

#endif  // TFLITEKIT_KERNELS_LIST_H_
