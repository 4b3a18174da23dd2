// Under PyTorch's name: tensors and what they are made of, in namespace torch.
#pragma once

// Of the standard library what sources find there without including it.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ATen/ATen.h"
#include "torch/csrc/autograd/custom_function.h"
#include "torch/library.h"

namespace torch {
using namespace at;
inline namespace spinel_v1 {
using Dtype = at::ScalarType;
using std::nullopt;
using std::optional;

constexpr auto kU8 = c10::kByte;
constexpr auto kI8 = c10::kChar;
constexpr auto kI16 = c10::kShort;
constexpr auto kI32 = c10::kInt;
constexpr auto kI64 = c10::kLong;
constexpr auto kF16 = c10::kHalf;
constexpr auto kF32 = c10::kFloat;
constexpr auto kF64 = c10::kDouble;
}  // namespace spinel_v1
}  // namespace torch
