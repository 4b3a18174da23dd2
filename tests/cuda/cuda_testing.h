// Calls of operators on tensors of an emulated GPU, beside the same calls on the CPU.
#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "spinel/kernels/cuda/workspace.h"
#include "spinel/ops/list.h"

namespace spinel::ops {

/// A copy in the memory of the emulated device, or back in the host's; strides stay.
Tensor to_cuda(const Tensor& tensor);
Tensor to_cpu(const Tensor& tensor);

/// An operator on CPU tensors, and on copies of them on the emulated device, whose results come back to the CPU. Both
/// draw the same random numbers.
std::vector<Tensor> call_cpu(const char* name, const std::vector<Value>& arguments);
std::vector<Tensor> call_cuda(const char* name, const std::vector<Value>& arguments);

/// Both give equal sizes, types and numbers, but for `tolerance` of the number's size (at least 1), and a call leaves
/// no device memory behind. Returns the results.
std::vector<Tensor> expect_same(const char* name, const std::vector<Value>& arguments, double tolerance = 0);
/// Both refuse the arguments with one message, which holds `text`.
void expect_refused(const char* name, const std::vector<Value>& arguments, const std::string& text);

/// Calls a kernel on the emulated device.
void with_cuda_workspace(const std::function<void(kernels::cuda::Workspace&)>& function);

/// The elements of a tensor without gaps.
std::vector<double> numbers_of(const Tensor& tensor);

/// [count] of the type: numbers of [low, high], for floating types in eighths.
Tensor random_tensor(std::mt19937& random, std::vector<int64_t> sizes, ScalarType dtype, int low = -4, int high = 4);
/// Integers as an index tensor.
Tensor index_tensor(const std::vector<int64_t>& numbers, ScalarType dtype = ScalarType::int64);

/// The pattern of a sparse matrix; its rows are empty, short, or as long as all others together.
struct Pattern {
  int64_t rows, columns;
  std::vector<int64_t> rowptr, row, col;
  int64_t entries() const { return static_cast<int64_t>(col.size()); }
};
/// Rows of the lengths given; columns in no order, or rising and distinct.
Pattern pattern_of(std::mt19937& random, const std::vector<int64_t>& lengths, int64_t columns, bool is_sorted = false);
/// Some hundred rows, most of them short, some empty, a few of up to `longest` entries.
Pattern power_law_pattern(std::mt19937& random, int64_t rows, int64_t columns, int64_t longest, bool is_sorted = false);

}  // namespace spinel::ops
