#include "spinel/cli/ops/libraries.h"

#include <algorithm>
#include <iterator>
#include <list>

#include "spinel/hosts/bridge/torch_operators.h"
#include "spinel/hosts/tvm_ffi/import_library.h"
#include "spinel/hosts/tvm_ffi/runtime.h"
#include "spinel/registry/load_library.h"

namespace spinel::cli {
namespace {

namespace tvm_ffi = hosts::tvm_ffi;
using registry::OperatorName;

/// "ns::name.overload" in its parts.
OperatorName split(const std::string& name) {
  const size_t dot = name.rfind('.');
  return dot == std::string::npos ? OperatorName{name, ""} : OperatorName{name.substr(0, dot), name.substr(dot + 1)};
}

std::string schema_text(const OperatorName& name) {
  const auto op = registry::Dispatcher::singleton().find_schema(name);
  return op ? op->schema()->to_string() : name.to_string();
}

/// The operators of TVM-FFI libraries are there as long as these are: to the end of the program.
std::list<tvm_ffi::ImportedLibrary>& imported_libraries() {
  static auto& libraries = *new std::list<tvm_ffi::ImportedLibrary>;
  return libraries;
}

void import_functions(LoadedOperators& loaded, const FunctionOptions& options) {
  if (tvm_ffi::exported_functions(loaded.path).empty()) return;
  const auto& imported = imported_libraries().emplace_back(
      tvm_ffi::import_library(loaded.path, {.name_space = options.name_space, .schemas = options.schemas}));
  for (const OperatorName& name : imported.operators()) loaded.operators.push_back(schema_text(name) + "  [TVM-FFI]");
  for (const auto& [name, reason] : imported.left_out()) loaded.notes.push_back(name + " is left out: " + reason);
}

LoadedOperators load_one(const std::string& path, const FunctionOptions& options) {
  // The libraries of TVM-FFI need its run-time library and do not say where it is.
  tvm_ffi::Runtime::find();
  const std::vector<OperatorName> before = hosts::torch_operator_names();
  const auto library = registry::load_library(path);
  LoadedOperators loaded{library->path(), {}, library->names().classes, {}};
  for (const std::string& name : library->names().operators) loaded.operators.push_back(schema_text(split(name)));
  const std::vector<OperatorName> after = hosts::torch_operator_names();
  std::vector<OperatorName> added;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(added));
  for (const OperatorName& name : added) {
    loaded.operators.push_back(hosts::torch_schema(name).to_string() + "  [libtorch]");
  }
  import_functions(loaded, options);
  if (loaded.operators.empty() && loaded.notes.empty()) loaded.notes.push_back("it registered no operator");
  return loaded;
}

}  // namespace

std::vector<LoadedOperators> load_operators(const std::vector<std::string>& paths, const FunctionOptions& options) {
  std::vector<LoadedOperators> loaded;
  for (const std::string& path : paths) loaded.push_back(load_one(path, options));
  return loaded;
}

}  // namespace spinel::cli
