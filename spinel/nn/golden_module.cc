#include "spinel/nn/golden_module.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/sparse/golden_call.h"

namespace spinel::golden {
namespace {

/// Inputs "x_dict/<key>" in the order that the case tells, as a dictionary.
nn::Value dictionary(const std::string& name, const Call& call) {
  nn::ValueDict dict;
  std::vector<std::string> order;
  if (const Config* all = call.metadata.find("key_order")) {
    if (const Config* keys = all->find(name)) order = keys->as_strings();
  }
  for (const std::string& key : order) {
    if (const at::Tensor tensor = call.optional_tensor(name + "/" + key); tensor.defined())
      dict.emplace_back(key, tensor);
  }
  if (!order.empty()) return dict;
  for (const auto& [input, tensor] : call.inputs) {
    if (input.starts_with(name + "/")) dict.emplace_back(input.substr(name.size() + 1), tensor);
  }
  return dict;
}

nn::Value sparse_dictionary(const std::string& name, const Config& sizes, const Call& call) {
  nn::ValueDict dict;
  for (const auto& [key, size] : sizes.as_map()) {
    const Config one = Config::map({{"sparse", Config(name + "/" + key)}, {"size", size}});
    dict.emplace_back(key, sparse::GoldenCall(call).sparse(one));
  }
  return dict;
}

/// What a literal of the call stands for.
nn::Value literal_value(const Config& literal, const Call& call) {
  if (literal.is_string()) {
    const at::Tensor tensor = call.optional_tensor(literal.as_string());
    return tensor.defined() ? nn::Value(tensor) : nn::Value(literal);
  }
  if (literal.is_list()) {
    bool plain = true;
    nn::ValueList list;
    for (const Config& item : literal.as_list()) {
      list.push_back(literal_value(item, call));
      plain = plain && list.back().literal();
    }
    return plain ? nn::Value(literal) : nn::Value(std::move(list));
  }
  if (!literal.is_map()) return literal;
  if (literal.contains("value")) return literal.at("value");
  if (literal.contains("sparse")) return sparse::GoldenCall(call).sparse(literal);
  if (const Config* name = literal.find("sparse_dict")) {
    return sparse_dictionary(name->as_string(), literal.at("size"), call);
  }
  if (const Config* name = literal.find("input")) return dictionary(name->as_string(), call);
  for (const char* kind : {"list", "tuple"}) {
    if (const Config* items = literal.find(kind)) return literal_value(*items, call);
  }
  return literal;
}

nn::Value value_of(const Value& argument, const Call& call) {
  if (const at::Tensor* tensor = std::get_if<at::Tensor>(&argument)) return *tensor;
  return literal_value(std::get<Config>(argument), call);
}

/// Adds a result under the name of its output: a matrix as its parts, a dictionary by its keys.
void add_output(const std::string& name, const nn::Value& value, Outputs& outputs) {
  if (const sparse::SparseTensor* matrix = value.sparse()) {
    for (auto& part : sparse::sparse_outputs(name.c_str(), *matrix).tensors) outputs.tensors.push_back(std::move(part));
  } else if (const nn::ValueDict* dict = value.dict()) {
    for (const auto& [key, item] : *dict) add_output(name + "/" + key, item, outputs);
  } else {
    outputs.tensors.emplace_back(name, value.tensor() ? *value.tensor() : at::Tensor());
  }
}

Outputs run(nn::CallableModule& module, const Call& call) {
  nn::CallArguments arguments;
  for (const Value& argument : call.positional) arguments.positional.push_back(value_of(argument, call));
  for (const auto& [name, argument] : call.named) arguments.named.emplace_back(name, value_of(argument, call));
  const nn::ValueList results = module.call(arguments);
  const std::vector<std::string> names = call.metadata.at("outputs").as_strings();
  Outputs outputs;
  for (size_t k = 0; k < results.size() && k < names.size(); ++k) add_output(names[k], results[k], outputs);
  return outputs;
}

}  // namespace

Config native_form(const Config& from) {
  if (from.is_list()) {
    Config::List items;
    for (const Config& item : from.as_list()) items.push_back(native_form(item));
    return Config(std::move(items));
  }
  if (!from.is_map()) return from;
  Config arguments = Config::map();
  std::string module;
  for (const auto& [key, value] : from.as_map()) {
    if (key == "module") module = value.as_string();
    else arguments.set(key, native_form(value));
  }
  return module.empty() ? arguments : Config::map({{module, arguments}});
}

ModuleUnderTest under_test(std::unique_ptr<nn::CallableModule> module) {
  nn::CallableModule* const pointer = module.get();
  return {std::move(module), [pointer](const Call& call) { return run(*pointer, call); }};
}

}  // namespace spinel::golden
