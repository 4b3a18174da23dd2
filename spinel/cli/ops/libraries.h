// Loads libraries of operators of any kind for the commands of `spinel ops`.
#pragma once

#include <string>
#include <vector>

namespace spinel::cli {

/// What one library brought.
struct LoadedOperators {
  std::string path;
  std::vector<std::string> operators;  ///< schemas, the layer's first, then libtorch's
  std::vector<std::string> classes;    ///< "ns.Name"
  std::vector<std::string> notes;      ///< what could not be registered, with the reason
};

/// How functions of TVM-FFI become operators.
struct FunctionOptions {
  std::string name_space;            ///< by default made of the file's name
  std::vector<std::string> schemas;  ///< "name(Tensor x) -> ()", for functions that do not tell theirs
};

/// Loads libraries one after the other: those of the layer (built against spinel/registry or compat/) and those of
/// libtorch (TORCH_LIBRARY) register themselves; the functions of TVM-FFI's are registered as both. A library that
/// cannot be loaded, or fails while it is: unavailable.
std::vector<LoadedOperators> load_operators(const std::vector<std::string>& paths, const FunctionOptions& options = {});

}  // namespace spinel::cli
