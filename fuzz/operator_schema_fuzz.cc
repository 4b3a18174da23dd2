// Operator schemas. What is taken is printed; where the text is not one of those that cannot be read back, it must read
// back as an equal schema with the same text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "spinel/registry/schema_parser.h"

namespace {

using spinel::registry::Argument;
using spinel::registry::FunctionSchema;

const spinel::registry::SchemaContext any_class{[](std::string_view) { return true; }};

/// Whether all that the argument holds has a canonical text that means the same: no fresh alias set, no marks inside
/// of further lists, and no default but those of its own type.
bool reads_back(const Argument& argument) {
  if (argument.alias) {
    const auto& contained = argument.alias->contained;
    const bool fresh = argument.alias->before.size() == 1 && argument.alias->before[0][0] == '$';
    if (fresh || !contained.empty() || (argument.alias->before.empty() != argument.alias->after.empty())) return false;
  }
  return !argument.default_value || argument.default_value->is_none() || argument.default_value->get_if<bool>();
}

bool reads_back(const FunctionSchema& schema) {
  for (const auto* arguments : {&schema.arguments, &schema.returns}) {
    for (const Argument& argument : *arguments) {
      // Type::union_of writes a union of numbers in a form that the parser takes for too few members.
      if (!reads_back(argument) || argument.type.to_string().find("Union(") != std::string::npos) return false;
    }
  }
  return true;
}

void check(std::string_view text) {
  FunctionSchema schema;
  try {
    schema = spinel::registry::parse_schema(text, any_class);
  } catch (const spinel::registry::SchemaError& error) {
    if (error.offset() > text.size()) std::abort();
    return;
  }
  const std::string printed = schema.to_string();
  if (!reads_back(schema)) return;
  // Outside of the try: what was printed must be readable.
  const FunctionSchema again = spinel::registry::parse_schema(printed, any_class);
  if (again != schema || again.to_string() != printed) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
