// The one registry of a process: operators, their kernels, fallbacks and classes, and who listens to changes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spinel/registry/custom_class.h"
#include "spinel/registry/dispatch_table.h"
#include "spinel/registry/operator_handle.h"

namespace spinel::registry::inline v1 {

/// Undoes one registration when it dies. Movable; the order in which registrations die is free.
class Registration {
 public:
  Registration() = default;
  explicit Registration(std::function<void()> undo) : undo_(std::move(undo)) {}
  Registration(Registration&& other) noexcept { std::swap(undo_, other.undo_); }
  Registration& operator=(Registration&& other) noexcept {
    std::swap(undo_, other.undo_);
    return *this;
  }
  ~Registration() { reset(); }
  void reset() {
    if (const auto undo = std::exchange(undo_, nullptr)) undo();
  }

 private:
  std::function<void()> undo_;
};

/// What a library registered, by name.
struct RegisteredNames {
  std::vector<std::string> operators;  ///< "ns::name.overload" of each definition
  std::vector<std::string> kernels;    ///< "ns::name.overload [CPU]"
  std::vector<std::string> classes;    ///< "ns.Name"
};

/// All operators of the process. Registering takes a lock and either succeeds as a whole or changes nothing; calls
/// never wait for it. It is never destroyed, so that libraries may deregister when the process ends.
class Dispatcher {
 public:
  static Dispatcher& singleton();

  /// Claims a namespace for the one TORCH_LIBRARY block that may define it. Claimed already: duplicate_library.
  Registration register_library(const std::string& name_space, const std::string& location);
  /// Defines an operator. Defined already: duplicate_def; a kernel there does not fit: schema_mismatch.
  Registration define(FunctionSchema schema, const std::string& location, std::vector<std::string> tags = {});
  /// Registers a kernel, before or after the definition. It must fit the schema (schema_mismatch) and have the C++
  /// signature of the other unboxed kernels (kernel_mismatch). Of several for a key the newest counts, with a warning.
  Registration implement(const OperatorName& name, DispatchKey key, KernelFunction kernel, const std::string& location);
  /// A boxed kernel for all operators without one of their own under `key`. A second one: duplicate_fallback.
  Registration register_fallback(DispatchKey key, KernelFunction kernel, const std::string& location);
  /// The name or the C++ type registered already: duplicate_class.
  Registration register_class(intrusive_ptr<CustomClass> custom_class);
  /// Called after each definition and after each end of one, outside the lock, by the thread that made it.
  Registration add_listener(std::function<void(const OperatorHandle&)> on_define,
                            std::function<void(const OperatorHandle&)> on_undefine);

  /// The operator if somebody defines it.
  std::optional<OperatorHandle> find_schema(const OperatorName& name);
  /// The operator if it is defined or kernels wait for it.
  std::optional<OperatorHandle> find_operator(const OperatorName& name);
  /// Not defined: no_schema.
  OperatorHandle find_schema_or_throw(std::string_view name, std::string_view overload = "");
  /// The defined overloads of "ns::name" in the order of their definition.
  std::vector<OperatorHandle> overloads(std::string_view name);
  /// Of all defined operators, sorted.
  std::vector<OperatorName> operator_names();

  /// "ns.Name"; null where there is none.
  intrusive_ptr<const CustomClass> find_class(std::string_view name);
  /// By std::type_info::name; null where there is none.
  intrusive_ptr<const CustomClass> find_class_of(std::string_view cpp_type);
  std::vector<std::string> class_names();

  std::vector<std::pair<DispatchKey, std::string>> kernels_of(const OperatorEntry& entry);
  /// Frees what deregistered kernels kept, as far as no running call can still use it. Every registration does it too.
  void collect_garbage();

  /// While one lives, the registrations that its thread makes are noted down.
  class Recorder {
   public:
    explicit Recorder(RegisteredNames& names);
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

   private:
    RegisteredNames* previous_;
  };

 private:
  Dispatcher() = default;
  OperatorEntry& entry_of(const OperatorName& name);
  void exchange_table(OperatorEntry& entry, const DispatchTable* table) noexcept;
  /// Builds the table anew and publishes it; the old one becomes garbage. Strong guarantee.
  void publish(OperatorEntry& entry);
  /// For deregistration, which cannot fail: without memory for a new table the operator is left without kernels.
  void publish_or_empty(OperatorEntry& entry) noexcept;
  void publish_fallback(DispatchKey key) noexcept;
  void check_definition(const OperatorEntry& entry, const Definition& definition) const;
  void check_kernel(const OperatorEntry& entry, const Kernel& kernel, const Definition* definition) const;
  /// Once for an operator and key.
  void warn_override(const OperatorName& name, DispatchKey key, const std::string& older, const std::string& newer);
  void undefine(OperatorEntry& entry);
  void remove_kernel(OperatorEntry& entry, Kernel* kernel);
  void remove_fallback(Kernel* kernel);
  void notify(const OperatorHandle& op, bool defined);

  struct Listener {
    uint64_t id;
    std::function<void(const OperatorHandle&)> on_define, on_undefine;
  };

  std::mutex mutex_;
  std::map<OperatorName, OperatorEntry*> entries_;
  std::map<std::string, std::string, std::less<>> libraries_;  ///< namespace to place
  FallbackKernels fallbacks_{};
  std::map<std::string, intrusive_ptr<const CustomClass>, std::less<>> classes_;
  std::map<std::string, intrusive_ptr<const CustomClass>, std::less<>> classes_by_type_;
  std::vector<std::shared_ptr<const Listener>> listeners_;
  std::set<std::pair<OperatorName, DispatchKey>> warned_;
  GarbageBin garbage_;
  uint64_t next_id_ = 1;
};

}  // namespace spinel::registry::inline v1
