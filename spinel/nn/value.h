// A value that stands for any argument or result of a module, for calls by name.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spinel/base/config.h"
#include "spinel/nn/named_tensors.h"
#include "spinel/nn/typing.h"

namespace spinel::nn {

class Value;
using ValueList = std::vector<Value>;
/// In order of insertion: by node type ("paper") or edge type ("author__writes__paper").
using ValueDict = std::vector<std::pair<std::string, Value>>;

/// None, a tensor, features of two sets of nodes, a sparse matrix, a literal (number, string, list of these), a list or
/// a dictionary of values. An undefined tensor is None.
class Value {
 public:
  Value() = default;
  Value(at::Tensor tensor);
  Value(Features features);
  Value(Adjacency adjacency);
  Value(sparse::SparseTensor matrix) : held_(std::move(matrix)) {}
  Value(Config literal);
  Value(ValueList list) : held_(std::move(list)) {}
  Value(ValueDict dict) : held_(std::move(dict)) {}
  Value(const NamedTensors& tensors);

  bool is_none() const { return std::holds_alternative<std::monostate>(held_); }
  /// Null pointer where it is of another kind.
  const at::Tensor* tensor() const { return std::get_if<at::Tensor>(&held_); }
  const Features* pair() const { return std::get_if<Features>(&held_); }
  const sparse::SparseTensor* sparse() const { return std::get_if<sparse::SparseTensor>(&held_); }
  const Config* literal() const { return std::get_if<Config>(&held_); }
  const ValueList* list() const { return std::get_if<ValueList>(&held_); }
  const ValueDict* dict() const { return std::get_if<ValueDict>(&held_); }
  /// "a tensor", "None", …: for messages.
  std::string kind() const;

 private:
  std::variant<std::monostate, at::Tensor, Features, sparse::SparseTensor, Config, ValueList, ValueDict> held_;
};

/// The arguments of a call by position and by name.
struct CallArguments {
  ValueList positional;
  ValueDict named;
};

// What call_forward() makes of a value, one overload a type. None is an undefined tensor, an absent optional; another
// kind than the type can hold: invalid_argument, `what` ("GATConv: edge_attr") begins it.
void read_value(const Value& from, Value& to, const std::string& what);
void read_value(const Value& from, at::Tensor& to, const std::string& what);
void read_value(const Value& from, Features& to, const std::string& what);
void read_value(const Value& from, Adjacency& to, const std::string& what);
void read_value(const Value& from, NamedTensors& to, const std::string& what);
void read_value(const Value& from, ValueDict& to, const std::string& what);
void read_value(const Value& from, std::vector<std::pair<std::string, Adjacency>>& to, const std::string& what);
void read_value(const Value& from, bool& to, const std::string& what);
void read_value(const Value& from, int64_t& to, const std::string& what);
void read_value(const Value& from, double& to, const std::string& what);
void read_value(const Value& from, std::string& to, const std::string& what);
void read_value(const Value& from, Size& to, const std::string& what);
template <typename T>
void read_value(const Value& from, std::optional<T>& to, const std::string& what) {
  if (from.is_none()) to.reset();
  else read_value(from, to.emplace(), what);
}

}  // namespace spinel::nn
