#include <algorithm>
#include <map>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/ops/hetero_sample.h"
#include "spinel/registry/tensor_methods.h"

namespace spinel::ops {
namespace {

using registry::DictValue;
using registry::make_list_value;
using registry::TypeKind;

/// What a dictionary that a caller gave has by name.
class Named {
 public:
  Named(const char* op, const char* name, const Value& dict) : op_(op), name_(name) {
    for (const auto& [key, value] : dict.to_dict().items) {
      entries_[key.to_string()] = value;
      order_.push_back(key.to_string());
    }
  }
  const char* name() const { return name_; }
  const std::vector<std::string>& keys() const { return order_; }
  const Value* find(const std::string& key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }
  const Value& at(const std::string& key) const {
    const Value* found = find(key);
    require(found != nullptr, "{}: {} has no '{}'; each one needs an entry", op_, name_, key);
    return *found;
  }

 private:
  const char* op_;
  const char* name_;
  std::map<std::string, Value> entries_;
  std::vector<std::string> order_;
};

struct Relation {
  std::string name, source, target;
};

Value integers_value(const std::vector<int64_t>& numbers) {
  return make_list_value(TypeKind::integer, {numbers.begin(), numbers.end()});
}

Value tensors_value(std::vector<Value> tensors) { return make_list_value(TypeKind::tensor, std::move(tensors)); }

/// Part `k` of tensors that were joined, by their pointers.
Value part(const Tensor& joined, const Tensor& ptr, size_t k) {
  const auto* begins = static_cast<const int64_t*>(ptr.data());
  const int64_t size = begins[k + 1] - begins[k], stride = 1;
  return joined.impl()->methods()->as_strided(joined, {&size, 1}, {&stride, 1}, begins[k]);
}

/// Brings dictionaries to lists by number and results back to dictionaries.
class HeteroCall {
 public:
  HeteroCall(const char* op, std::vector<std::string> types, std::vector<Relation> relations)
      : op_(op), types_(std::move(types)), relations_(std::move(relations)) {}

  int64_t type(const std::string& name, const std::string& where) const {
    const auto found = std::find(types_.begin(), types_.end(), name);
    require(found != types_.end(), "{}: '{}' names nodes of type '{}'{}", op_, where, name, suggestion(name, types_));
    return found - types_.begin();
  }

  /// The arguments that all share: input_node, input_types, colptr, row, ends, num_types.
  Stack graph(const Value& colptr_dict, const Value& row_dict, const Value& input_node_dict) const {
    const Named colptr(op_, "colptr_dict", colptr_dict), row(op_, "row_dict", row_dict);
    std::vector<Value> pointers, rows;
    std::vector<int64_t> ends;
    for (const Relation& relation : relations_) {
      pointers.push_back(colptr.at(relation.name));
      rows.push_back(row.at(relation.name));
      ends.push_back(type(relation.source, relation.name));
      ends.push_back(type(relation.target, relation.name));
    }
    Stack stack = by_type({op_, "input_node_dict", input_node_dict});
    stack.push_back(tensors_value(std::move(pointers)));
    stack.push_back(tensors_value(std::move(rows)));
    stack.push_back(integers_value(ends));
    stack.emplace_back(static_cast<int64_t>(types_.size()));
    return stack;
  }

  /// The tensors of a dictionary by type, and the numbers of their types.
  Stack by_type(const Named& dict) const {
    std::vector<Value> tensors;
    std::vector<int64_t> numbers;
    for (const std::string& name : dict.keys()) {
      numbers.push_back(type(name, dict.name()));
      tensors.push_back(dict.at(name));
    }
    return {tensors_value(std::move(tensors)), integers_value(numbers)};
  }

  /// The first numbers of each list, one a hop.
  Value counts(const Named& dict, const std::vector<std::string>& keys, int64_t num_hops) const {
    std::vector<Value> all;
    for (const std::string& key : keys) {
      const std::vector<Value>& numbers = dict.at(key).to_list().items;
      require(static_cast<int64_t>(numbers.size()) >= num_hops, "{}: {} has {} numbers for '{}'; there are {} hops",
              op_, dict.name(), numbers.size(), key, num_hops);
      all.insert(all.end(), numbers.begin(), numbers.begin() + std::max<int64_t>(num_hops, 0));
    }
    return make_list_value(TypeKind::integer, std::move(all));
  }

  std::vector<std::string> relation_names() const {
    std::vector<std::string> names;
    for (const Relation& relation : relations_) names.push_back(relation.name);
    return names;
  }
  const std::vector<std::string>& types() const { return types_; }

  /// The results of an operator that takes lists. A call without any tensor has no device to run on, nor nodes to give.
  Stack sample(Composer& composer, const char* flat_op, Stack arguments) const {
    const bool is_empty = arguments[0].to_list().items.empty() && relations_.empty();
    const Stack flat = is_empty ? Stack() : composer.call(flat_op, std::move(arguments));
    const auto dict = [&](const std::vector<std::string>& keys, size_t joined, size_t ptr) {
      auto made = registry::make_intrusive<DictValue>(TypeKind::string, TypeKind::tensor);
      for (size_t k = 0; k < keys.size() && !is_empty; ++k) {
        made->items.emplace_back(keys[k], part(flat[joined].to_tensor(), flat[ptr].to_tensor(), k));
      }
      return Value(made);
    };
    const std::vector<std::string> names = relation_names();
    return {dict(types_, 0, 1), dict(names, 2, 5), dict(names, 3, 5), dict(names, 4, 5)};
  }

 private:
  const char* op_;
  std::vector<std::string> types_;
  std::vector<Relation> relations_;
};

/// The relations of edge_types in the order of their names.
std::vector<Relation> declared_relations(const char* op, const Value& edge_types, const Named& colptr) {
  std::map<std::string, Relation> sorted;
  for (const Value& item : edge_types.to_list().items) {
    const std::vector<Value>& parts = item.to_tuple().items;
    require(parts.size() == 3, "{}: a type of edges has {} parts; source, name and target are needed", op,
            parts.size());
    const std::string &source = parts[0].to_string(), &target = parts[2].to_string();
    const std::string name = source + "__" + parts[1].to_string() + "__" + target;
    sorted[name] = {name, source, target};
  }
  std::vector<std::string> known;
  for (const auto& [name, relation] : sorted) known.push_back(name);
  for (const std::string& name : colptr.keys()) {
    require(sorted.contains(name), "{}: colptr_dict has '{}', which is none of edge_types{}", op, name,
            suggestion(name, known));
  }
  std::vector<Relation> relations;
  for (const auto& [name, relation] : sorted) relations.push_back(relation);
  return relations;
}

std::vector<std::string> strings_of(const Value& list) {
  std::vector<std::string> strings;
  for (const Value& item : list.to_list().items) strings.push_back(item.to_string());
  return strings;
}

Stack sample_neighbors(Composer& composer, Arguments arguments, const char* op, size_t next, const Value* times) {
  const HeteroCall call(op, strings_of(arguments[0]),
                        declared_relations(op, arguments[1], {op, "colptr_dict", arguments[2]}));
  const int64_t num_hops = arguments.integer(next);
  Stack stack = call.graph(arguments[2], arguments[3], arguments[4]);
  stack.push_back(call.counts({op, "num_neighbors_dict", arguments[5]}, call.relation_names(), num_hops));
  for (size_t k = next; k < next + 3; ++k) stack.push_back(arguments[k]);
  if (times != nullptr) {
    for (Value& value : call.by_type({op, "node_time_dict", *times})) stack.push_back(std::move(value));
  } else {
    stack.push_back(tensors_value({}));
    stack.emplace_back();
  }
  return call.sample(composer, "_hetero_neighbor_sample", std::move(stack));
}

Stack hetero_neighbor_sample(Composer& composer, Arguments arguments) {
  return sample_neighbors(composer, arguments, "hetero_neighbor_sample", 6, nullptr);
}

Stack hetero_temporal_neighbor_sample(Composer& composer, Arguments arguments) {
  constexpr const char* op = "hetero_temporal_neighbor_sample";
  require(arguments.boolean(9),
          "{}: directed is false; trees of different inputs have no edges among them, so it must "
          "be true",
          op);
  return sample_neighbors(composer, arguments, op, 7, &arguments[6]);
}

/// "a__to__b" in its parts.
Relation split_relation(const std::string& name) {
  const size_t first = name.find("__");
  const size_t second = first == std::string::npos ? first : name.find("__", first + 2);
  require(second != std::string::npos, "hgt_sample: '{}' is no relation; it must be 'source__name__target'", name);
  return {name, name.substr(0, first), name.substr(second + 2)};
}

Stack hgt_sample(Composer& composer, Arguments arguments) {
  constexpr const char* op = "hgt_sample";
  const Named samples(op, "num_samples_dict", arguments[3]), colptr(op, "colptr_dict", arguments[0]);
  std::vector<Relation> relations;
  for (const std::string& name : colptr.keys()) relations.push_back(split_relation(name));
  const HeteroCall call(op, samples.keys(), std::move(relations));
  Stack stack = call.graph(arguments[0], arguments[1], arguments[2]);
  stack.push_back(call.counts(samples, call.types(), arguments.integer(4)));
  stack.push_back(arguments[4]);
  return call.sample(composer, "_hgt_sample", std::move(stack));
}

}  // namespace

std::vector<OpDef> hetero_dictionary_operators() {
  const std::string graph =
      "Dict(str, Tensor) colptr_dict, Dict(str, Tensor) row_dict, Dict(str, Tensor) "
      "input_node_dict, ";
  const std::string neighbors =
      "(str[] node_types, (str, str, str)[] edge_types, " + graph + "Dict(str, int[]) num_neighbors_dict, ";
  const std::string results = " -> (Dict(str, Tensor), Dict(str, Tensor), Dict(str, Tensor), Dict(str, Tensor))";
  return {{.schema = "hetero_neighbor_sample" + neighbors + "int num_hops, bool replace, bool directed)" + results,
           .composite = hetero_neighbor_sample},
          {.schema = "hetero_temporal_neighbor_sample" + neighbors +
                     "Dict(str, Tensor) node_time_dict, int num_hops, bool replace, bool directed)" + results,
           .composite = hetero_temporal_neighbor_sample},
          {.schema = "hgt_sample(" + graph + "Dict(str, int[]) num_samples_dict, int num_hops)" + results,
           .composite = hgt_sample}};
}

}  // namespace spinel::ops
