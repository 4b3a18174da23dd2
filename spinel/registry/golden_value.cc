#include "spinel/registry/golden_value.h"

#include <cmath>

#include "spinel/base/error.h"

namespace spinel::registry::inline v1 {
namespace {

class GoldenTensor : public TensorImpl {
 public:
  GoldenTensor(Scalar value, ScalarType dtype, DispatchKeySet keys) : TensorImpl(keys), value_(value), dtype_(dtype) {}
  std::string_view host() const override { return "golden"; }
  ScalarType scalar_type() const override { return dtype_; }
  Device device() const override { return {}; }
  IntArrayRef sizes() const override { return {}; }
  IntArrayRef strides() const override { return {}; }
  void* data() const override { return nullptr; }
  Scalar item() const override { return value_; }

 private:
  Scalar value_;
  ScalarType dtype_;
};

Value tensor_of(const Config& tagged) {
  const Config& value = tagged.at("v");
  if (value.is_null()) return Tensor();
  ScalarType dtype = ScalarType::float64;
  if (const Config* name = tagged.find("dtype")) {
    const auto found = find_scalar_type(name->as_string());
    if (!found) fail(ErrorKind::corrupt, "{}: there is no dtype '{}'", name->where(), name->as_string());
    dtype = *found;
  }
  Scalar number;
  if (value.is_list()) number = std::complex<double>(value.as_list()[0].as_double(), value.as_list()[1].as_double());
  else if (dtype == ScalarType::boolean && value.type() == Config::Type::boolean) number = value.as_bool();
  else if (dtype == ScalarType::boolean) number = value.as_double() != 0;
  else if (dtype == ScalarType::float64 || dtype == ScalarType::float32) number = value.as_double();
  else number = value.as_int();
  return golden_tensor(number, dtype, tensor_keys(Backend::CPU));
}

Value layout_of(const std::string& name) {
  constexpr std::string_view names[] = {"strided", "sparse_coo", "sparse_csr", "mkldnn"};
  for (size_t i = 0; i < std::size(names); ++i) {
    if (name == names[i] || name == "_" + std::string(names[i])) return static_cast<Layout>(i);
  }
  fail(ErrorKind::corrupt, "layout: there is no '{}'", name);
}

Value memory_format_of(const std::string& name) {
  constexpr std::string_view names[] = {"contiguous_format", "preserve_format", "channels_last", "channels_last_3d"};
  for (size_t i = 0; i < std::size(names); ++i) {
    if (name == names[i]) return static_cast<MemoryFormat>(i);
  }
  fail(ErrorKind::corrupt, "memory_format: there is no '{}'", name);
}

std::vector<Value> items_of(const Config& list) {
  std::vector<Value> items;
  for (const Config& item : list.as_list()) items.push_back(golden_value(item));
  return items;
}

std::string differs(const Value& found, const Config& expected) {
  return format("{} ({}) instead of {}", found.repr(), found.type().to_string(), to_json(expected, -1));
}

std::string compare_items(const std::vector<Value>& found, const Config& expected, std::string_view what) {
  const Config::List& items = expected.at("v").as_list();
  if (found.size() != items.size()) {
    return format("a {} of {} items instead of {}", what, found.size(), items.size());
  }
  for (size_t i = 0; i < items.size(); ++i) {
    if (const std::string inner = golden_difference(found[i], items[i]); !inner.empty()) {
      return format("item {}: {}", i, inner);
    }
  }
  return "";
}

std::string compare_dict(const DictValue& found, const Config& expected) {
  const Config::List& pairs = expected.at("v").as_list();
  if (found.items.size() != pairs.size()) {
    return format("a dict of {} items instead of {}", found.items.size(), pairs.size());
  }
  for (size_t i = 0; i < pairs.size(); ++i) {
    const Config::List& pair = pairs[i].as_list();
    std::string inner = golden_difference(found.items[i].first, pair.at(0));
    if (inner.empty()) inner = golden_difference(found.items[i].second, pair.at(1));
    if (!inner.empty()) return format("entry {}: {}", i, inner);
  }
  return "";
}

bool same_number(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool same_complex(std::complex<double> found, const Config::List& parts) {
  return same_number(found.real(), parts.at(0).as_double()) && same_number(found.imag(), parts.at(1).as_double());
}

bool same_tensor(const Value& found, const Config& expected) {
  const Tensor tensor = found.to_tensor();
  const Config& value = expected.at("v");
  if (value.is_null() || !tensor.defined()) return value.is_null() && !tensor.defined();
  const Scalar wanted = tensor_of(expected).to_tensor().item();
  if (tensor.item().is_floating_point() && wanted.is_floating_point()) {
    return same_number(tensor.item().to_double(), wanted.to_double());
  }
  return tensor.item() == wanted;
}

}  // namespace

Tensor golden_tensor(Scalar value, ScalarType dtype, DispatchKeySet keys) {
  return Tensor(make_intrusive<GoldenTensor>(value, dtype, keys));
}

Value golden_value(const Config& tagged) {
  const std::string& type = tagged.at("t").as_string();
  if (type == "none") return {};
  if (type == "tensor") return tensor_of(tagged);
  const Config& value = tagged.at("v");
  if (type == "bool") return value.as_bool();
  if (type == "int") return value.as_int();
  if (type == "float") return value.as_double();
  if (type == "str") return value.as_string();
  if (type == "complex") return std::complex<double>(value.as_list()[0].as_double(), value.as_list()[1].as_double());
  if (type == "device") return parse_device(value.as_string());
  if (type == "layout") return layout_of(value.as_string());
  if (type == "memory_format") return memory_format_of(value.as_string());
  if (type == "list") return make_list_value(items_of(value));
  if (type == "tuple") return make_tuple_value(items_of(value));
  if (type == "dtype") {
    const auto found = find_scalar_type(value.as_string());
    if (!found) fail(ErrorKind::corrupt, "{}: there is no dtype '{}'", value.where(), value.as_string());
    return *found;
  }
  if (type != "dict") fail(ErrorKind::corrupt, "{}: there is no type of values '{}'", tagged.where(), type);
  auto dict = make_intrusive<DictValue>();
  for (const Config& pair : value.as_list()) {
    dict->items.emplace_back(golden_value(pair.as_list().at(0)), golden_value(pair.as_list().at(1)));
  }
  return dict;
}

std::string golden_difference(const Value& found, const Config& expected) {
  const std::string& type = expected.at("t").as_string();
  if (type == "list" && found.is_list()) {
    const std::string element = found.type().element().to_string();
    const Config* wanted = expected.find("elem");
    if (wanted != nullptr && wanted->as_string() != element) {
      return format("a list of {} instead of {}", element, wanted->as_string());
    }
    return compare_items(found.to_list().items, expected, "list");
  }
  if (type == "tuple" && found.is_tuple()) return compare_items(found.to_tuple().items, expected, "tuple");
  if (type == "dict" && found.is_dict()) return compare_dict(found.to_dict(), expected);
  bool same = false;
  if (type == "tensor") same = found.is_tensor() && same_tensor(found, expected);
  else if (type == "float") same = found.is_double() && same_number(found.to_double(), expected.at("v").as_double());
  else if (type == "complex") same = found.is_complex() && same_complex(found.to_complex(), expected.at("v").as_list());
  else if (type != "list" && type != "tuple" && type != "dict") same = found == golden_value(expected);
  return same ? "" : differs(found, expected);
}

}  // namespace spinel::registry::inline v1
