// TVM-FFI libraries as operators: of the layer, and through it of libtorch.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "spinel/registry/function_schema.h"

namespace spinel::hosts::tvm_ffi {

/// The functions that a shared library exports to TVM-FFI (symbols `__tvm_ffi_<name>`), sorted; empty for other
/// libraries. The file is loaded. It cannot be: unavailable.
std::vector<std::string> exported_functions(const std::string& path);

struct ImportOptions {
  /// Of the operators; by default the file's name without `lib` and ending, as an identifier.
  std::string name_space;
  /// Schemas by the user's hand, "name(Tensor x, Tensor(a!) out) -> ()", in place of those that the library tells.
  std::vector<std::string> schemas;
  /// Whether the operators are registered on libtorch's dispatcher too.
  bool on_torch = true;
};

/// The operators of one library. They are deregistered when it dies; the library stays loaded.
class ImportedLibrary {
 public:
  ImportedLibrary(ImportedLibrary&&) noexcept;
  ImportedLibrary& operator=(ImportedLibrary&&) noexcept;
  ~ImportedLibrary();

  const std::vector<registry::OperatorName>& operators() const { return operators_; }
  /// The functions that became no operators, with the reason.
  const std::map<std::string, std::string>& left_out() const { return left_out_; }

 private:
  friend ImportedLibrary import_library(const std::string& path, const ImportOptions& options);
  ImportedLibrary();
  struct Registrations;
  std::unique_ptr<Registrations> registrations_;
  std::vector<registry::OperatorName> operators_;
  std::map<std::string, std::string> left_out_;
};

/// Loads a library and registers its functions. Each one's schema is the user's, else that of its metadata, else that
/// of the message by which it refuses a wrong number of arguments (the function itself does not run). A schema for a
/// function that is not there: not_found. A library without TVM-FFI's functions: invalid_argument.
/// Kernels run on the current stream of the device; errors come out with the function's name and TVM-FFI's kind.
ImportedLibrary import_library(const std::string& path, const ImportOptions& options = {});

}  // namespace spinel::hosts::tvm_ffi
