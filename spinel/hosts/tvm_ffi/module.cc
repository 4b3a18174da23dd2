// The library that Python loads by tvm_ffi.load_module: its functions bring operators of the layer to TVM-FFI, and
// libraries of TVM-FFI to libtorch.
#include <list>
#include <map>
#include <mutex>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/op_host.h"
#include "spinel/hosts/tvm_ffi/conversion.h"
#include "spinel/hosts/tvm_ffi/export_operator.h"
#include "spinel/hosts/tvm_ffi/import_library.h"
#include "spinel/hosts/tvm_ffi/leave_error.h"
#include "spinel/ops/registration.h"
#include "spinel/registry/dispatcher.h"
#include "spinel/registry/load_library.h"

namespace spinel::hosts::tvm_ffi {
namespace {

using registry::OperatorHandle;
using registry::OperatorName;

/// What this library did for its process. Never destroyed: other threads may still call when the process ends.
struct State {
  std::mutex mutex;
  std::map<std::string, OperatorHandle> exported;  ///< by global name
  std::list<ImportedLibrary> imported;
  std::optional<registry::Library> own;
};

State& state() {
  static State& one = *new State;
  return one;
}

/// Exports operators whose names are not taken by others than themselves; returns their global names.
std::vector<std::string> export_all(const std::vector<OperatorName>& names) {
  std::vector<std::string> exported;
  for (const OperatorName& name : names) {
    const OperatorHandle op = registry::Dispatcher::singleton().find_schema_or_throw(name.name, name.overload);
    const bool again = std::any_of(state().exported.begin(), state().exported.end(),
                                   [&](const auto& one) { return one.second == op; });
    exported.push_back(export_operator(op, "", again));
    state().exported.insert_or_assign(exported.back(), op);
  }
  return exported;
}

/// "ns::name.overload" in its parts.
OperatorName split(const std::string& name) {
  const size_t dot = name.rfind('.');
  return dot == std::string::npos ? OperatorName{name, ""} : OperatorName{name.substr(0, dot), name.substr(dot + 1)};
}

std::vector<std::string> load_operators(const std::string& path) {
  std::vector<OperatorName> names;
  for (const std::string& name : registry::load_library(path)->names().operators) names.push_back(split(name));
  return export_all(names);
}

std::vector<std::string> unload_operators(const std::string& path) {
  const auto library = registry::load_library(path);
  const std::vector<std::string> names = library->names().operators;
  registry::unload_library(*library);
  return names;
}

std::vector<std::string> export_operators(const std::string& name_space) {
  // Ours are on libtorch's dispatcher as long as nobody asks for them here.
  if (name_space == "spinel" && !state().own) state().own.emplace(ops::register_operators(torch_host()));
  std::vector<OperatorName> names;
  for (const OperatorName& name : registry::Dispatcher::singleton().operator_names()) {
    if (name.name.starts_with(name_space + "::")) names.push_back(name);
  }
  if (names.empty()) {
    fail(ErrorKind::not_found, "export_operators: no operator of the namespace '{}' is defined; load its library first",
         name_space);
  }
  return export_all(names);
}

std::vector<std::string> import_functions(const std::string& path) {
  const ImportedLibrary& imported = state().imported.emplace_back(import_library(path));
  std::vector<std::string> names;
  for (const OperatorName& name : imported.operators()) names.push_back(name.to_string());
  return names;
}

/// Runs one of the functions above on its one argument.
int run(const char* name, std::vector<std::string> (*function)(const std::string&), const Any* arguments, int32_t count,
        Any* result) {
  const Runtime& runtime = Runtime::get();
  try {
    if (count != 1) {
      registry::fail_call(registry::ErrorClass::type,
                          format("{}() takes one argument, a str; {} are given", name, count));
    }
    const registry::Value argument = to_value(arguments[0], name, true);
    if (!argument.is_string()) {
      registry::fail_call(registry::ErrorClass::type, format("{}() takes a str, not {}", name, argument.repr()));
    }
    const std::lock_guard lock(state().mutex);
    const std::vector<std::string> names = function(argument.to_string());
    const std::vector<registry::Value> items(names.begin(), names.end());
    *result = to_owned(runtime, registry::make_list_value(items), registry::Type::list(registry::TypeKind::string));
    return 0;
  } catch (...) {
    return leave_error(runtime);
  }
}

}  // namespace
}  // namespace spinel::hosts::tvm_ffi

#define SPINEL_TVM_FFI_FUNCTION(name)                                                                            \
  extern "C" __attribute__((visibility("default"))) int __tvm_ffi_##name(                                        \
      void*, const spinel::hosts::tvm_ffi::Any* arguments, int32_t count, spinel::hosts::tvm_ffi::Any* result) { \
    return spinel::hosts::tvm_ffi::run(#name, &spinel::hosts::tvm_ffi::name, arguments, count, result);          \
  }

/// Loads a library of the layer and makes each of its operators a global function; Array<str> of the functions' names.
SPINEL_TVM_FFI_FUNCTION(load_operators)
/// Deregisters the operators of such a library; their functions then fail. Array<str> of the operators.
SPINEL_TVM_FFI_FUNCTION(unload_operators)
/// Makes each operator of a namespace a global function; "spinel" has those of this project.
SPINEL_TVM_FFI_FUNCTION(export_operators)
/// Registers the functions of a library of TVM-FFI as operators of libtorch; Array<str> of the operators.
SPINEL_TVM_FFI_FUNCTION(import_functions)
