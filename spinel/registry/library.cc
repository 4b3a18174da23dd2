#include "spinel/registry/library.h"

#include <variant>

#include "spinel/registry/operator_error.h"
#include "spinel/registry/schema_parser.h"

namespace spinel::registry::inline v1 {

SchemaContext context_of_process() {
  return {.has_class = [](std::string_view name) { return Dispatcher::singleton().find_class(name).defined(); }};
}

std::string to_string(Library::Kind kind) {
  switch (kind) {
    case Library::Kind::def: return "TORCH_LIBRARY";
    case Library::Kind::fragment: return "TORCH_LIBRARY_FRAGMENT";
    case Library::Kind::impl: return "TORCH_LIBRARY_IMPL";
  }
  return "TORCH_LIBRARY";
}

std::string location_text(const std::source_location& where) {
  std::string_view file = where.file_name();
  if (const size_t slash = file.find_last_of("/\\"); slash != std::string_view::npos) file.remove_prefix(slash + 1);
  return format("{}:{}", file, where.line());
}

void Library::fail_here(OperatorFailure failure, std::string_view doing, std::string message) const {
  fail_operator(failure, format("{}: {} (Error occurred while processing {} block at {})", doing, message,
                                to_string(kind_), location_));
}

Library::Library(Kind kind, std::string name_space, std::optional<DispatchKey> key, std::source_location where)
    : kind_(kind), name_space_(std::move(name_space)), key_(key), location_(location_text(where)) {
  if (kind_ == Kind::impl) return;
  if (name_space_ == "_") {
    fail_here(OperatorFailure::wildcard_namespace, to_string(kind_),
              format("cannot define {} with the wildcard namespace _ (every {} defines operators for a distinct "
                     "namespace!) Did you mean to use TORCH_LIBRARY_IMPL instead?",
                     to_string(kind_), to_string(kind_)));
  }
  if (kind_ == Kind::def) keep(Dispatcher::singleton().register_library(name_space_, location_));
}

void Library::reset() {
  while (!registrations_.empty()) registrations_.pop_back();
}

void Library::check_may_define(std::string_view doing) const {
  if (kind_ != Kind::impl) return;
  fail_here(OperatorFailure::def_in_impl, doing,
            "Cannot define an operator inside of a TORCH_LIBRARY_IMPL block. All def()s should be placed in the "
            "(unique) TORCH_LIBRARY block for their namespace.");
}

OperatorName Library::qualified(OperatorName name, std::string_view doing) const {
  const std::string_view given = name.name_space();
  if (name_space_ == "_") {
    fail_here(OperatorFailure::wildcard_namespace, doing,
              "the wildcard namespace _ serves fallbacks only; kernels need the namespace of their operator");
  }
  if (given.empty()) {
    name.name = name_space_ + "::" + name.name;
  } else if (given != name_space_) {
    fail_here(OperatorFailure::wrong_namespace, doing,
              format("Explicitly provided namespace ({}) in operator name does not match namespace of enclosing {} "
                     "block ({}). Move this definition to the unique TORCH_LIBRARY block corresponding to this "
                     "namespace, or leave the namespace out.",
                     given, to_string(kind_), name_space_));
  }
  return name;
}

FunctionSchema Library::parse_definition(std::string_view text, const FunctionSchema* inferred,
                                         const std::source_location& where) const {
  try {
    auto parsed = parse_schema_or_name(text, context_of_process());
    if (auto* schema = std::get_if<FunctionSchema>(&parsed)) return std::move(*schema);
    if (inferred == nullptr) {
      fail_operator(OperatorFailure::parse, "Tried to parse a function schema but only the operator name was given: '" +
                                                std::string(text) + "'");
    }
    FunctionSchema schema = *inferred;
    schema.name = std::get<OperatorName>(std::move(parsed));
    return schema;
  } catch (const Error& error) {
    fail_operator(OperatorFailure::parse, format("{}\n(namespace {}, schema '{}', at {})", error.what(), name_space_,
                                                 text, location_text(where)));
  }
}

Library& Library::def(std::string_view schema, std::vector<std::string> tags, std::source_location where) {
  const std::string doing = format("def(\"{}\")", schema.substr(0, schema.find('(')));
  check_may_define(doing);
  FunctionSchema parsed = parse_definition(schema, nullptr, where);
  parsed.name = qualified(std::move(parsed.name), doing);
  keep(Dispatcher::singleton().define(std::move(parsed), location_text(where), std::move(tags)));
  return *this;
}

Library& Library::def(std::string_view name_or_schema, KernelFunction kernel, std::optional<DispatchKey> key,
                      std::vector<std::string> tags, std::source_location where) {
  const std::string doing = format("def(\"{}\")", name_or_schema.substr(0, name_or_schema.find('(')));
  check_may_define(doing);
  FunctionSchema schema = parse_definition(name_or_schema, kernel.inferred.get(), where);
  schema.name = qualified(std::move(schema.name), doing);
  const OperatorName name = schema.name;
  Registration definition = Dispatcher::singleton().define(std::move(schema), location_text(where), std::move(tags));
  const DispatchKey under = key.value_or(DispatchKey::CompositeImplicitAutograd);
  // Where the kernel is refused, the definition goes too.
  Registration implementation = Dispatcher::singleton().implement(name, under, std::move(kernel), location_text(where));
  keep(std::move(definition));
  keep(std::move(implementation));
  return *this;
}

Library& Library::impl(std::string_view name, KernelFunction kernel, std::optional<DispatchKey> key,
                       std::source_location where) {
  const std::string doing = format("impl(\"{}\", ...)", name);
  if (key && key_ && *key != *key_) {
    fail_here(OperatorFailure::key_mismatch, doing,
              format("Explicitly provided dispatch key ({}) is inconsistent with the dispatch key of the enclosing {} "
                     "block ({}). Please declare a separate TORCH_LIBRARY_IMPL block for this dispatch key and move "
                     "your impl() there.",
                     to_string(*key), to_string(kind_), to_string(*key_)));
  }
  OperatorName parsed;
  try {
    auto either = parse_schema_or_name(name, context_of_process());
    auto* bare = std::get_if<OperatorName>(&either);
    if (bare == nullptr) {
      fail_operator(OperatorFailure::parse, format("{}: a whole schema is given; a name is needed", doing));
    }
    parsed = std::move(*bare);
  } catch (const OperatorError&) {
    throw;
  } catch (const Error& error) {
    fail_here(OperatorFailure::parse, doing, error.what());
  }
  const DispatchKey under = key ? *key : key_.value_or(DispatchKey::CompositeImplicitAutograd);
  keep(Dispatcher::singleton().implement(qualified(std::move(parsed), doing), under, std::move(kernel),
                                         location_text(where)));
  return *this;
}

Library& Library::fallback(KernelFunction kernel, std::source_location where) {
  const std::string_view doing = "fallback(...)";
  if (kind_ != Kind::impl) {
    fail_here(OperatorFailure::bad_fallback, doing,
              format("Cannot define an operator inside of a {} block. Did you mean to call this function inside a "
                     "TORCH_LIBRARY_IMPL block?",
                     to_string(kind_)));
  }
  if (!key_) fail_here(OperatorFailure::bad_fallback, doing, "a fallback needs the dispatch key of its block");
  if (name_space_ != "_") {
    fail_here(OperatorFailure::bad_fallback, doing,
              format("Fallback functions which apply to only a single namespace (you specified {}) are not supported. "
                     "If you intended to apply this fallback function globally, please define a separate block: "
                     "TORCH_LIBRARY_IMPL(_, {}, m)",
                     name_space_, to_string(*key_)));
  }
  if (kernel.unboxed != nullptr) {
    fail_here(OperatorFailure::bad_fallback, doing, "a fallback serves every signature, so it must be a boxed kernel");
  }
  keep(Dispatcher::singleton().register_fallback(*key_, std::move(kernel), location_text(where)));
  return *this;
}

Library& Library::set_python_module(std::string module, std::string) {
  python_module_ = std::move(module);
  return *this;
}

}  // namespace spinel::registry::inline v1
