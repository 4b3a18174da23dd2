// A block of registrations, as TORCH_LIBRARY and its kin make it: definitions, kernels, fallbacks, classes.
#pragma once

#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spinel/registry/dispatcher.h"
#include "spinel/registry/operator_error.h"
#include "spinel/registry/schema_parser.h"

namespace spinel::registry::inline v1 {

template <typename T>
class class_;

/// Registers operators of one namespace, and deregisters all of it when it dies. A member that fails throws an
/// OperatorError and leaves nothing of what it began.
class Library {
 public:
  enum class Kind {
    def,       ///< the one block that defines a namespace
    fragment,  ///< any number of further blocks with definitions
    impl,      ///< kernels under one key
  };

  /// `name_space` "_" is that of impl blocks that register fallbacks.
  Library(Kind kind, std::string name_space, std::optional<DispatchKey> key = {},
          std::source_location where = std::source_location::current());
  Library(Library&&) = default;
  Library& operator=(Library&&) = default;

  /// Defines an operator by its schema: `f(Tensor x, int k=1) -> Tensor`.
  Library& def(std::string_view schema, std::vector<std::string> tags = {},
               std::source_location where = std::source_location::current());
  /// Defines an operator and registers its kernel, under CompositeImplicitAutograd unless a key is given. Of a bare
  /// name the schema is that of the kernel's C++ signature.
  Library& def(std::string_view name_or_schema, KernelFunction kernel, std::optional<DispatchKey> key = {},
               std::vector<std::string> tags = {}, std::source_location where = std::source_location::current());
  template <typename F>
    requires internal::kernel_callable<F>
  Library& def(std::string_view name_or_schema, F&& function,
               std::source_location where = std::source_location::current()) {
    return def(name_or_schema, make_kernel(std::forward<F>(function)), {}, {}, where);
  }

  /// Registers a kernel under the block's key or the one given (which may not differ from the block's).
  Library& impl(std::string_view name, KernelFunction kernel, std::optional<DispatchKey> key = {},
                std::source_location where = std::source_location::current());
  template <typename F>
    requires internal::kernel_callable<F>
  Library& impl(std::string_view name, F&& function, std::optional<DispatchKey> key = {},
                std::source_location where = std::source_location::current()) {
    return impl(name, make_kernel(std::forward<F>(function)), key, where);
  }

  /// A kernel for every operator that has none under the block's key.
  Library& fallback(KernelFunction kernel, std::source_location where = std::source_location::current());

  /// Begins a custom class; see class_.
  template <typename T>
  class_<T> custom_class(const std::string& name);

  /// Notes that Python code for this block's operators lies in a module; nothing runs it without Python.
  Library& set_python_module(std::string module, std::string context = "");
  const std::string& python_module() const { return python_module_; }

  Kind kind() const { return kind_; }
  const std::string& name_space() const { return name_space_; }
  void keep(Registration registration) { registrations_.push_back(std::move(registration)); }
  /// Deregisters everything, last first.
  void reset();
  ~Library() { reset(); }

 private:
  [[noreturn]] void fail_here(OperatorFailure failure, std::string_view doing, std::string message) const;
  void check_may_define(std::string_view doing) const;
  OperatorName qualified(OperatorName name, std::string_view doing) const;
  FunctionSchema parse_definition(std::string_view text, const FunctionSchema* inferred,
                                  const std::source_location& where) const;

  Kind kind_;
  std::string name_space_;
  std::optional<DispatchKey> key_;
  std::string location_;
  std::string python_module_;
  std::vector<Registration> registrations_;
};

/// For reading schemas that name classes: those that are registered.
SchemaContext context_of_process();
std::string to_string(Library::Kind kind);
/// "lib.cc:12", without the folder.
std::string location_text(const std::source_location& where);

}  // namespace spinel::registry::inline v1
