#include "spinel/hosts/torch/golden_function.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"

namespace spinel::golden {

at::Tensor Call::optional_tensor(std::string_view name) const {
  for (const auto& [key, value] : named) {
    if (key != name) continue;
    const at::Tensor* tensor = std::get_if<at::Tensor>(&value);
    return tensor ? *tensor : at::Tensor();
  }
  for (size_t i = 0; i < positional.size(); ++i) {
    if (positional_names[i] == name) return std::get<at::Tensor>(positional[i]);
  }
  for (const auto& [key, tensor] : inputs) {
    if (key == name) return tensor;
  }
  return {};
}

at::Tensor Call::tensor(std::string_view name) const {
  at::Tensor found = optional_tensor(name);
  if (!found.defined()) fail(ErrorKind::invalid_argument, "golden case: the call has no tensor '{}'", name);
  return found;
}

int64_t Call::count(std::string_view prefix) const {
  int64_t k = 0;
  while (optional_tensor(std::string(prefix) + std::to_string(k)).defined()) ++k;
  return k;
}

std::string to_text(const at::Tensor& bytes) {
  const at::Tensor flat = bytes.to(at::kByte).contiguous();
  return {reinterpret_cast<const char*>(flat.const_data_ptr<uint8_t>()), static_cast<size_t>(flat.numel())};
}

at::Tensor from_text(std::string_view text) {
  at::Tensor bytes = at::empty({static_cast<int64_t>(text.size())}, at::kByte);
  std::copy(text.begin(), text.end(), reinterpret_cast<char*>(bytes.mutable_data_ptr<uint8_t>()));
  return bytes;
}

}  // namespace spinel::golden
