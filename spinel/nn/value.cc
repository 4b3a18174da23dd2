#include "spinel/nn/value.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"

namespace spinel::nn {

Value::Value(at::Tensor tensor) {
  if (tensor.defined()) held_ = std::move(tensor);
}

Value::Value(Features features) {
  if (features.is_pair()) held_ = std::move(features);
  else if (features.defined()) held_ = features.source();
}

Value::Value(Adjacency adjacency) {
  if (adjacency.is_sparse()) held_ = adjacency.adj_t();
  else if (adjacency.defined()) held_ = adjacency.edge_index();
}

Value::Value(Config literal) {
  if (!literal.is_null()) held_ = std::move(literal);
}

Value::Value(const NamedTensors& tensors) {
  ValueDict dict;
  for (const auto& [name, tensor] : tensors) dict.emplace_back(name, tensor);
  held_ = std::move(dict);
}

std::string Value::kind() const {
  switch (held_.index()) {
    case 0: return "None";
    case 1: return "a tensor";
    case 2: return "a pair of tensors";
    case 3: return "a sparse matrix";
    case 4: return std::string(literal()->type_name());
    case 5: return "a list";
    default: return "a dictionary";
  }
}

namespace {

[[noreturn]] void wrong_kind(const Value& from, const std::string& what, const char* wanted) {
  fail(ErrorKind::invalid_argument, "{}: it is {}; {} is needed", what, from.kind(), wanted);
}

const Config& literal_of(const Value& from, const std::string& what, const char* wanted) {
  if (!from.literal()) wrong_kind(from, what, wanted);
  return *from.literal();
}

}  // namespace

void read_value(const Value& from, Value& to, const std::string&) { to = from; }

void read_value(const Value& from, at::Tensor& to, const std::string& what) {
  if (from.is_none()) to = at::Tensor();
  else if (from.tensor()) to = *from.tensor();
  else wrong_kind(from, what, "a tensor");
}

void read_value(const Value& from, Features& to, const std::string& what) {
  if (from.is_none()) {
    to = {};
  } else if (from.tensor()) {
    to = *from.tensor();
  } else if (from.pair()) {
    to = *from.pair();
  } else if (from.list() && from.list()->size() == 2) {
    at::Tensor source, target;
    read_value((*from.list())[0], source, what);
    read_value((*from.list())[1], target, what);
    to = Features(std::move(source), std::move(target));
  } else {
    wrong_kind(from, what, "a tensor or a pair of tensors");
  }
}

void read_value(const Value& from, Adjacency& to, const std::string& what) {
  if (from.is_none()) to = Adjacency();
  else if (from.tensor()) to = *from.tensor();
  else if (from.sparse()) to = *from.sparse();
  else wrong_kind(from, what, "an edge_index or a sparse matrix");
}

void read_value(const Value& from, ValueDict& to, const std::string& what) {
  to.clear();
  if (from.is_none()) return;
  if (!from.dict()) wrong_kind(from, what, "a dictionary");
  to = *from.dict();
}

void read_value(const Value& from, NamedTensors& to, const std::string& what) {
  ValueDict dict;
  read_value(from, dict, what);
  to = {};
  for (const auto& [key, value] : dict) {
    at::Tensor tensor;
    read_value(value, tensor, what + "['" + key + "']");
    to.set(key, std::move(tensor));
  }
}

void read_value(const Value& from, std::vector<std::pair<std::string, Adjacency>>& to, const std::string& what) {
  ValueDict dict;
  read_value(from, dict, what);
  to.clear();
  for (const auto& [key, value] : dict) {
    to.emplace_back(key, Adjacency());
    read_value(value, to.back().second, what + "['" + key + "']");
  }
}

void read_value(const Value& from, bool& to, const std::string& what) {
  to = literal_of(from, what, "true or false").as_bool();
}

void read_value(const Value& from, int64_t& to, const std::string& what) {
  to = literal_of(from, what, "an integer").as_int();
}

void read_value(const Value& from, double& to, const std::string& what) {
  to = literal_of(from, what, "a number").as_double();
}

void read_value(const Value& from, std::string& to, const std::string& what) {
  to = literal_of(from, what, "a string").as_string();
}

void read_value(const Value& from, Size& to, const std::string& what) {
  to.reset();
  if (from.is_none()) return;
  const std::vector<int64_t> numbers = literal_of(from, what, "a list of two sizes").as_ints();
  require(numbers.size() == 2, "{}: it has {} numbers; those of sources and targets are needed", what, numbers.size());
  to = {numbers[0], numbers[1]};
}

}  // namespace spinel::nn
