// Golden cases of schemas: what they parse to, what must be rejected and where, and default values.
#include <algorithm>

#include "spinel/base/format.h"
#include "spinel/registry/check.h"
#include "spinel/registry/schema_parser.h"

namespace spinel::registry::inline v1 {
namespace {

/// Schemas that must be read name classes that the reference's own libraries register.
const SchemaContext every_class{[](std::string_view) { return true; }};

/// Of those that must be rejected, some do so for a class; the cases presume that this one alone is registered.
const SchemaContext probe_class{[](std::string_view name) { return name == "probe.Acc"; }};

/// Collects what differs, one entry "what: found X, expected Y" each.
class Differences {
 public:
  void compare(std::string_view what, const std::string& found, const std::string& expected) {
    if (found == expected) return;
    text_ += format("{}{}: found {}, expected {}", text_.empty() ? "" : "; ", what, found, expected);
  }
  void compare(std::string_view what, bool found, bool expected) {
    compare(what, std::string(found ? "true" : "false"), std::string(expected ? "true" : "false"));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// A constant in the tagged form of the cases: {t: int, v: 1}.
Config tagged(const Constant& constant);

struct Tagger {
  Config operator()(std::monostate) const { return Config::map({{"t", "none"}}); }
  Config operator()(bool value) const { return entry("bool", value); }
  Config operator()(int64_t value) const { return entry("int", value); }
  /// The cases write whole floats as integers, which have no -0.
  Config operator()(double value) const { return entry("float", value == 0 ? 0.0 : value); }
  Config operator()(std::complex<double> value) const {
    return entry("complex", Config::List{value.real(), value.imag()});
  }
  Config operator()(const std::string& value) const { return entry("str", value); }
  Config operator()(const Device& value) const { return entry("device", to_string(value)); }
  Config operator()(const ConstantList& list) const {
    Config::List items;
    for (const Constant& item : list.items) items.push_back(tagged(item));
    Config result = Config::map({{"t", "list"}, {"elem", Type(list.element).to_string()}});
    result.set("v", Config(std::move(items)));
    return result;
  }
  static Config entry(const char* type, Config value) { return Config::map({{"t", type}, {"v", std::move(value)}}); }
};

Config tagged(const Constant& constant) { return std::visit(Tagger{}, constant.value); }

/// The cases write whole floats as integers: all numbers of floats and complex ones are made doubles.
Config with_doubles(const Config& value) {
  const Config* type = value.is_map() ? value.find("t") : nullptr;
  if (!type) return value;
  Config result = value;
  const std::string& name = type->as_string();
  if (name == "float") result.set("v", value.at("v").as_double());
  if (name == "complex")
    result.set("v", Config::List{value.at("v").as_doubles().at(0), value.at("v").as_doubles().at(1)});
  if (name == "list") {
    Config::List items;
    for (const Config& item : value.at("v").as_list()) items.push_back(with_doubles(item));
    result.set("v", Config(std::move(items)));
  }
  return result;
}

std::string set_text(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return join_text(names, "|");
}

std::string alias_text(const AliasInfo& alias) {
  std::string text = set_text(alias.before) + (alias.is_write ? "!" : "") + "->" + set_text(alias.after);
  for (const AliasInfo& inner : alias.contained) text += "(" + alias_text(inner) + ")";
  return text;
}

std::string alias_text(const Config& alias) {
  std::string text = set_text(alias.at("before").as_strings()) + (alias.at("write").as_bool() ? "!" : "") + "->" +
                     set_text(alias.at("after").as_strings());
  if (const Config* contained = alias.find("contained")) {
    for (const Config& inner : contained->as_list()) text += "(" + alias_text(inner) + ")";
  }
  return text;
}

/// The canonical text with the names of each alias set in order: the reference prints them in that of a hash table.
std::string with_sorted_sets(std::string_view text) {
  std::string result;
  const auto in_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '*';
  };
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    std::vector<std::string> names;
    while (end < text.size() && in_name(text[end])) {
      const size_t begin = end;
      while (end < text.size() && in_name(text[end])) ++end;
      names.emplace_back(text.substr(begin, end - begin));
      if (end >= text.size() || text[end] != '|') break;
      ++end;
    }
    if (names.empty()) {
      result += text[i++];
    } else {
      result += set_text(names);
      i = end;
    }
  }
  return result;
}

void compare_argument(const std::string& where, const Argument& found, const Config& expected,
                      Differences& differences) {
  differences.compare(where + "name", found.name, expected.at("name").as_string());
  differences.compare(where + "type", found.type.to_string(), expected.at("type").as_string());
  differences.compare(where + "jit_type", found.type.bound().to_string(), expected.at("jit_type").as_string());
  const Config& size = expected.at("N");
  differences.compare(where + "N", found.size ? std::to_string(*found.size) : "null", to_json(size));
  if (const Config* kwarg_only = expected.find("kwarg_only")) {
    differences.compare(where + "kwarg_only", found.kwarg_only, kwarg_only->as_bool());
  }
  if (const Config* value = expected.find("default")) {
    differences.compare(where + "default",
                        found.default_value ? to_json(tagged(*found.default_value), -1) : std::string("null"),
                        to_json(with_doubles(*value), -1));
  }
  const Config& alias = expected.at("alias");
  differences.compare(where + "alias", found.alias ? alias_text(*found.alias) : "null",
                      alias.is_null() ? "null" : alias_text(alias));
}

void compare_arguments(const std::string& what, const std::vector<Argument>& found, const Config& expected,
                       Differences& differences) {
  const Config::List& list = expected.as_list();
  differences.compare("number of " + what + "s", std::to_string(found.size()), std::to_string(list.size()));
  for (size_t i = 0; i < std::min(found.size(), list.size()); ++i) {
    compare_argument(format("{} {} ", what, i), found[i], list[i], differences);
  }
}

/// {schema, parsed}: all fields of the schema and its canonical text.
std::string check_schema(const Config& entry, const Config&) {
  const FunctionSchema schema = parse_schema(entry.at("schema").as_string(), every_class);
  const Config& parsed = entry.at("parsed");
  Differences differences;
  differences.compare("name", schema.name.name, parsed.at("name").as_string());
  differences.compare("overload", schema.name.overload, parsed.at("overload").as_string());
  compare_arguments("argument", schema.arguments, parsed.at("args"), differences);
  compare_arguments("return", schema.returns, parsed.at("returns"), differences);
  differences.compare("is_vararg", schema.is_vararg, parsed.at("is_vararg").as_bool());
  differences.compare("is_varret", schema.is_varret, parsed.at("is_varret").as_bool());
  differences.compare("is_mutable", schema.is_mutable(), parsed.at("is_mutable").as_bool());
  differences.compare("print", with_sorted_sets(schema.to_string()), with_sorted_sets(parsed.at("print").as_string()));
  return differences.text();
}

/// {schema, kind, offset, length}: rejected for that reason at that place. Null places are those the reference lacks.
std::string check_bad_schema(const Config& entry, const Config&) {
  try {
    return "parsed as " + parse_schema(entry.at("schema").as_string(), probe_class).to_string();
  } catch (const SchemaError& error) {
    Differences differences;
    differences.compare("kind", std::string(to_string(error.schema_kind())), entry.at("kind").as_string());
    const auto compare_place = [&](const char* key, size_t found) {
      const Config& expected = entry.at(key);
      if (!expected.is_null()) differences.compare(key, std::to_string(found), std::to_string(expected.as_int()));
    };
    compare_place("offset", error.offset());
    compare_place("length", error.length());
    return differences.text();
  }
}

/// [type, literal, tagged default or "error", canonical text or what is wrong], of `f(<type> x=<literal>) -> ()`.
std::string check_default(const Config& entry, const Config&) {
  const Config::List& row = entry.as_list();
  if (row.size() != 4) fail(ErrorKind::corrupt, "defaults: a row has {} entries; 4 are needed", row.size());
  const std::string text = "f(" + row[0].as_string() + " x=" + row[1].as_string() + ") -> ()";
  const bool rejected = row[2].is_string();
  FunctionSchema schema;
  try {
    schema = parse_schema(text, probe_class);
  } catch (const SchemaError& error) {
    return rejected ? "" : error.what();
  }
  if (rejected) return "parsed as " + schema.to_string() + ", but must be rejected: " + row[3].as_string();
  Differences differences;
  differences.compare("default", to_json(tagged(schema.arguments.at(0).default_value.value()), -1),
                      to_json(with_doubles(row[2]), -1));
  differences.compare("print", schema.to_string(), row[3].as_string());
  return differences.text();
}

}  // namespace

std::vector<golden::JsonFunction> schema_golden_json() {
  return {
      {"registry/schemas", {"cases"}, check_schema},
      {"registry/bad-schemas", {"cases"}, check_bad_schema},
      {"registry/defaults", {"cases"}, check_default},
  };
}

}  // namespace spinel::registry::inline v1
