#include "spinel/hosts/tvm_ffi/signature.h"

#include <map>

#include "spinel/base/config.h"
#include "spinel/base/error.h"
#include "spinel/registry/schema_parser.h"

namespace spinel::hosts::tvm_ffi {
namespace {

constexpr int max_depth = 32;

FfiType type_from_json(const Config& json, std::string_view where, int depth = 0) {
  require(depth < max_depth, "{}: its types nest deeper than {}", where, max_depth);
  FfiType type{json.at("type").as_string(), {}};
  if (const Config* arguments = json.find("args")) {
    for (const Config& argument : arguments->as_list()) {
      type.arguments.push_back(type_from_json(argument, where, depth + 1));
    }
  }
  return type;
}

/// Reads `Map<str, Array<int>>`.
class TypeText {
 public:
  explicit TypeText(std::string_view text) : text_(text) {}

  std::optional<FfiType> type(int depth = 0) {
    FfiType type;
    blanks();
    while (position_ < text_.size() && std::string_view("<>,)").find(text_[position_]) == std::string_view::npos) {
      type.name += text_[position_++];
    }
    while (type.name.ends_with(' ')) type.name.pop_back();
    if (type.name.empty() || depth > max_depth) return {};
    if (!take('<')) return type;
    do {
      std::optional<FfiType> argument = this->type(depth + 1);
      if (!argument) return {};
      type.arguments.push_back(std::move(*argument));
    } while (take(','));
    if (!take('>')) return {};
    return type;
  }

  /// `(0: int, 1: float) -> int`
  std::optional<Signature> signature() {
    Signature result;
    if (!take('(')) return {};
    if (!take(')')) {
      do {
        const size_t colon = text_.find(':', position_);
        if (colon == text_.npos) return {};
        position_ = colon + 1;
        std::optional<FfiType> parameter = type();
        if (!parameter) return {};
        result.parameters.push_back(std::move(*parameter));
      } while (take(','));
      if (!take(')')) return {};
    }
    blanks();
    if (text_.substr(position_, 2) != "->") return {};
    position_ += 2;
    std::optional<FfiType> returned = type();
    if (!returned) return {};
    result.result = std::move(*returned);
    return result;
  }

 private:
  void blanks() {
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
  }
  bool take(char c) {
    blanks();
    if (position_ == text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  std::string_view text_;
  size_t position_ = 0;
};

const std::map<std::string_view, std::string_view>& simple_types() {
  static const std::map<std::string_view, std::string_view> types = {
      {"int", "int"},           {"bool", "bool"},        {"float", "float"},
      {"str", "str"},           {"ffi.String", "str"},   {"const char*", "str"},
      {"std::string", "str"},   {"ffi.SmallStr", "str"}, {"DataType", "ScalarType"},
      {"dtype", "ScalarType"},  {"Device", "Device"},    {"Any", "Any"},
      {"ffi.Shape", "int[]"},   {"Shape", "int[]"},      {"DLTensor*", "Tensor"},
      {"ffi.Tensor", "Tensor"}, {"Tensor", "Tensor"},    {"TensorView", "Tensor"},
      {"bytes", "str"},         {"ffi.Bytes", "str"},    {"TVMFFIByteArray*", "str"},
  };
  return types;
}

bool is_one_of(const std::string& name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The type in the schema language; empty where it has none.
std::string schema_text(const FfiType& type, int depth = 0) {
  if (depth > max_depth) return "";
  const auto simple = simple_types().find(type.name);
  if (simple != simple_types().end()) return std::string(simple->second);
  std::vector<std::string> arguments;
  for (const FfiType& argument : type.arguments) {
    arguments.push_back(schema_text(argument, depth + 1));
    if (arguments.back().empty()) return "";
  }
  if (type.name == "Optional" && arguments.size() == 1) return arguments[0] + "?";
  if (is_one_of(type.name, {"Array", "ffi.Array", "List", "ffi.List"})) {
    return arguments.empty() ? "Any[]" : arguments[0] + "[]";
  }
  if (is_one_of(type.name, {"Tuple", "ffi.Tuple"})) return "(" + join_text(arguments, ", ") + ")";
  if (is_one_of(type.name, {"Map", "ffi.Map", "Dict", "ffi.Dict"}) && arguments.size() == 2) {
    return "Dict(" + arguments[0] + ", " + arguments[1] + ")";
  }
  return "";
}

bool is_nothing(const FfiType& type) { return is_one_of(type.name, {"None", "void"}); }

/// "a", "b", …, "z", "a1", "b1", …
std::string alias_name(size_t index) {
  std::string name(1, static_cast<char>('a' + index % 26));
  return index < 26 ? name : name + format("{}", index / 26);
}

std::string supported(const FfiType& type, std::string_view what, std::string_view name) {
  std::string text = schema_text(type);
  require(!text.empty(), "{}: its {} is of type {}, which no schema names; a schema of the user's can leave it out",
          name, what, type.name);
  return text;
}

}  // namespace

Signature parse_metadata(std::string_view json, std::string_view name) {
  const Config metadata = parse_json(json, name);
  const Config schema = parse_json(metadata.at("type_schema").as_string(), name);
  Signature signature;
  if (const Config* named = schema.find("named_args")) {
    const Config::List& returned = named->at("return").as_list();
    require(returned.size() == 1, "{}: its metadata has {} returns; one is needed", name, returned.size());
    signature.result = type_from_json(returned.front(), name);
    for (const Config& parameter : named->at("params").as_list()) {
      signature.parameters.push_back(type_from_json(parameter, name));
    }
    return signature;
  }
  // Before release 0.1.12 the return stood first among the arguments.
  const Config::List& types = schema.at("args").as_list();
  require(!types.empty(), "{}: its metadata has no return type", name);
  signature.result = type_from_json(types.front(), name);
  for (size_t i = 1; i < types.size(); ++i) signature.parameters.push_back(type_from_json(types[i], name));
  return signature;
}

std::optional<Signature> parse_mismatch(std::string_view message) {
  const std::string_view begins = "Mismatched number of arguments when calling: `";
  const size_t begin = message.find(begins);
  if (begin == message.npos) return {};
  message.remove_prefix(begin + begins.size());
  const size_t end = message.find('`'), bracket = message.find('(');
  if (end == message.npos || bracket == message.npos || bracket > end) return {};
  return TypeText(message.substr(bracket, end - bracket)).signature();
}

registry::FunctionSchema to_schema(const Signature& signature, std::string_view name_space, std::string_view name) {
  std::string text = format("{}::{}(", name_space, name);
  size_t tensors = 0;
  for (size_t i = 0; i < signature.parameters.size(); ++i) {
    std::string type = supported(signature.parameters[i], format("argument {}", i), name);
    if (type == "Tensor" || type == "Tensor?") type.insert(6, "(" + alias_name(tensors++) + "!)");
    text += format("{}{} _{}", i == 0 ? "" : ", ", type, i);
  }
  text += ") -> ";
  text += is_nothing(signature.result) ? "()" : supported(signature.result, "result", name);
  return registry::parse_schema(text);
}

}  // namespace spinel::hosts::tvm_ffi
