#include "spinel/cli/ops/results.h"

#include <ATen/ATen.h>

#include <charconv>
#include <cmath>
#include <complex>

#include "spinel/base/error.h"
#include "spinel/base/safetensors.h"
#include "spinel/hosts/bridge/torch_value.h"
#include "spinel/hosts/torch/tensor_view.h"

namespace spinel::cli {
namespace {

using registry::Value;

constexpr int64_t max_elements = 1000;

std::string number_text(const at::Scalar& number, at::ScalarType dtype) {
  if (number.isBoolean()) return number.to<bool>() ? "true" : "false";
  if (number.isIntegral(false)) return format("{}", number.to<int64_t>());
  if (number.isComplex()) {
    const auto value = number.to<c10::complex<double>>();
    return format("{:.9g}{:+.9g}j", value.real(), value.imag());
  }
  // As many digits as tell two numbers of the type apart, and no more than their shortest text needs.
  if (dtype == at::kDouble) return format("{}", number.to<double>());
  const double value = number.to<double>();
  for (const int digits : {7, 8}) {
    const std::string text = format("{:.{}g}", value, digits);
    float read = 0;
    std::from_chars(text.data(), text.data() + text.size(), read);
    if (dtype != at::kFloat || std::isnan(value) || read == static_cast<float>(value)) return text;
  }
  return format("{:.9g}", value);
}

/// The elements row by row, until `left` of them are written.
void append_elements(std::string& text, const at::Tensor& tensor, int64_t& left) {
  if (tensor.dim() == 0) {
    text += number_text(tensor.item(), tensor.scalar_type());
    --left;
    return;
  }
  text += '[';
  for (int64_t i = 0; i < tensor.size(0); ++i) {
    if (i != 0) text += ", ";
    if (left <= 0) {
      text += "…";
      break;
    }
    append_elements(text, tensor.select(0, i), left);
  }
  text += ']';
}

std::string tensor_text(const registry::Tensor& value) {
  if (!value.defined()) return "undefined tensor";
  const at::Tensor tensor = hosts::to_torch(value);
  std::string text = format("{} [{}]", registry::to_string(value.scalar_type()), join_text(tensor.sizes(), ", "));
  if (!tensor.device().is_cpu()) text += " " + tensor.device().str();
  if (tensor.is_meta()) return text;
  int64_t left = max_elements;
  text += ' ';
  const at::Tensor numbers = tensor.detach().cpu();
  append_elements(text, numbers.is_quantized() ? numbers.dequantize() : numbers.to_dense(), left);
  return text;
}

void add_tensors(std::vector<std::pair<std::string, at::Tensor>>& tensors, const std::string& name,
                 const Value& value) {
  const auto add_items = [&](const std::vector<Value>& items) {
    for (size_t i = 0; i < items.size(); ++i) add_tensors(tensors, format("{}.{}", name, i), items[i]);
  };
  if (value.is_tensor() && value.to_tensor().defined()) {
    tensors.emplace_back(name, hosts::to_torch(value.to_tensor()).detach().cpu().to_dense().contiguous());
  } else if (value.is_int()) {
    tensors.emplace_back(name, at::scalar_tensor(value.to_int(), at::kLong));
  } else if (value.is_double()) {
    tensors.emplace_back(name, at::scalar_tensor(value.to_double(), at::kDouble));
  } else if (value.is_bool()) {
    tensors.emplace_back(name, at::scalar_tensor(value.to_bool(), at::kBool));
  } else if (value.is_list()) {
    add_items(value.to_list().items);
  } else if (value.is_tuple()) {
    add_items(value.to_tuple().items);
  }
}

}  // namespace

std::string result_text(const Value& value) {
  if (value.is_tensor()) return tensor_text(value.to_tensor());
  if (!value.is_list() && !value.is_tuple()) return value.repr();
  const std::vector<Value>& items = value.is_list() ? value.to_list().items : value.to_tuple().items;
  std::string text = value.is_list() ? "[" : "(";
  for (size_t i = 0; i < items.size(); ++i) text += (i == 0 ? "" : ", ") + result_text(items[i]);
  return text + (value.is_list() ? "]" : ")");
}

void write_results(const std::string& path, const std::vector<NamedResult>& results) {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const NamedResult& result : results) add_tensors(tensors, result.name, result.value);
  require(!tensors.empty(), "{}: the operator gave no tensor and no number to write", path);
  std::vector<NamedTensorView> views;
  for (const auto& [name, tensor] : tensors) views.push_back({name, to_view(tensor)});
  write_safetensors(path, views);
}

}  // namespace spinel::cli
