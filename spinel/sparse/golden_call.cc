#include "spinel/sparse/golden_call.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"

namespace spinel::sparse {

SparseTensor GoldenCall::sparse(const Config& argument) const {
  const std::string name = argument.at("sparse").as_string();
  const std::vector<int64_t> size = argument.at("size").as_ints();
  require(size.size() >= 2, "golden case: the size of '{}' has {} numbers; 2 are needed", name, size.size());
  return SparseTensor(StorageArguments{.row = call_.tensor(name + ".row"),
                                       .col = call_.tensor(name + ".col"),
                                       .value = call_.optional_tensor(name + ".value"),
                                       .sparse_sizes = {size[0], size[1]}});
}

at::Tensor GoldenCall::tensor(size_t position) const {
  if (!has(position)) return {};
  const at::Tensor* found = std::get_if<at::Tensor>(&call_.positional[position]);
  return found ? *found : at::Tensor();
}

const Config& GoldenCall::literal(size_t position) const {
  require(has(position) && std::holds_alternative<Config>(call_.positional[position]),
          "golden case: argument {} is no literal; one is needed", position);
  return std::get<Config>(call_.positional[position]);
}

int64_t GoldenCall::integer(const char* name, int64_t otherwise) const {
  const Config* value = arg(name);
  return value && !value->is_null() ? value->as_int() : otherwise;
}

std::string GoldenCall::text(const char* name, const char* otherwise) const {
  const Config* value = arg(name);
  return value ? value->as_string() : otherwise;
}

bool GoldenCall::flag(const char* name) const {
  const Config* value = arg(name);
  return value && value->as_bool();
}

std::optional<Layout> GoldenCall::layout() const {
  const Config* value = arg("layout");
  return value && !value->is_null() ? parse_layout(value->as_string()) : Layout::coo;
}

golden::Outputs sparse_outputs(const char* name, const SparseTensor& a) {
  const std::string prefix = name;
  golden::Outputs outputs{{{prefix + ".row", a.storage().row()}, {prefix + ".col", a.storage().col()}}, {}};
  if (a.has_value()) outputs.tensors.emplace_back(prefix + ".value", a.storage().value());
  return outputs;
}

}  // namespace spinel::sparse
