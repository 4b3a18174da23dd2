#include "spinel/registry/dispatcher.h"

#include <algorithm>

#include "spinel/base/log.h"
#include "spinel/base/platform/demangle.h"
#include "spinel/registry/operator_error.h"

namespace spinel::registry::inline v1 {
namespace {

thread_local RegisteredNames* recorded_names = nullptr;

std::string key_text(const Kernel& kernel) {
  return kernel.key == DispatchKey::Undefined ? "(catch all)" : std::string(to_string(kernel.key));
}

/// The lock, and afterwards, outside it, the garbage.
class Locked {
 public:
  Locked(std::mutex& mutex, GarbageBin& garbage) : lock_(mutex), garbage_(garbage) {}
  ~Locked() {
    Garbage* dead = garbage_.collect();
    lock_.unlock();
    GarbageBin::free(dead);
  }

 private:
  std::unique_lock<std::mutex> lock_;
  GarbageBin& garbage_;
};

/// One name noted down by a recorder; taken back unless kept.
class Note {
 public:
  Note(std::vector<std::string> RegisteredNames::*list, std::string name)
      : list_(recorded_names == nullptr ? nullptr : &(recorded_names->*list)) {
    if (list_ != nullptr) list_->push_back(std::move(name));
  }
  ~Note() {
    if (list_ != nullptr) list_->pop_back();
  }
  void keep() const { list_ = nullptr; }
  Note(const Note&) = delete;
  Note& operator=(const Note&) = delete;

 private:
  mutable std::vector<std::string>* list_;
};

[[noreturn]] void fail_kernel_mismatch(const OperatorEntry& entry, const Definition* definition, const Kernel& older,
                                       const Kernel& newer) {
  const auto describe = [](const Kernel& kernel) {
    return format("{}\n    dispatch key: {}\n    registered at {}", demangle(kernel.function.signature->c_str()),
                  key_text(kernel), kernel.location);
  };
  fail_operator(OperatorFailure::kernel_mismatch,
                format("Mismatch in kernel C++ signatures\n  operator: {}\n    {}\n  kernel 1: {}\n  kernel 2: {}",
                       definition == nullptr ? entry.name().to_string() : definition->schema.to_string(),
                       definition == nullptr ? "no schema yet" : "registered at " + definition->location,
                       describe(older), describe(newer)));
}

}  // namespace

Dispatcher& Dispatcher::singleton() {
  static Dispatcher& dispatcher = *new Dispatcher;
  return dispatcher;
}

Dispatcher::Recorder::Recorder(RegisteredNames& names) : previous_(std::exchange(recorded_names, &names)) {}
Dispatcher::Recorder::~Recorder() { recorded_names = previous_; }

OperatorEntry& Dispatcher::entry_of(const OperatorName& name) {
  if (const auto found = entries_.find(name); found != entries_.end()) return *found->second;
  auto entry = std::make_unique<OperatorEntry>(name, fallbacks_);
  entries_.emplace(name, entry.get());
  return *entry.release();
}

void Dispatcher::exchange_table(OperatorEntry& entry, const DispatchTable* table) noexcept {
  const DispatchTable* old = entry.table_.exchange(table, std::memory_order_acq_rel);
  if (old != &DispatchTable::empty()) garbage_.add(const_cast<DispatchTable*>(old));
}

void Dispatcher::publish(OperatorEntry& entry) {
  const bool defined = entry.definition_ != nullptr;
  exchange_table(
      entry, defined ? new DispatchTable(entry.definition_, entry.slots_, entry.kernels_) : &DispatchTable::empty());
}

void Dispatcher::publish_or_empty(OperatorEntry& entry) noexcept {
  try {
    publish(entry);
  } catch (const std::bad_alloc&) {
    exchange_table(entry, &DispatchTable::empty());
  }
}

Registration Dispatcher::register_library(const std::string& name_space, const std::string& location) {
  std::function<void()> undo = [this, name_space] {
    const std::lock_guard lock(mutex_);
    libraries_.erase(name_space);
  };
  const std::lock_guard lock(mutex_);
  const auto [place, inserted] = libraries_.emplace(name_space, location);
  if (inserted) return Registration(std::move(undo));
  fail_operator(OperatorFailure::duplicate_library,
                format("Only a single TORCH_LIBRARY can be used to register the namespace {}; further definitions "
                       "belong into a TORCH_LIBRARY_FRAGMENT. Previous registration of TORCH_LIBRARY was registered at "
                       "{}; latest registration was registered at {}",
                       name_space, place->second, location));
}

void Dispatcher::check_kernel(const OperatorEntry& entry, const Kernel& kernel, const Definition* definition) const {
  if (kernel.function.signature == nullptr) return;
  for (const auto& [key, stack] : entry.kernels_) {
    for (const Kernel* other : stack) {
      if (other->function.kernel_signature == nullptr) continue;
      if (other->function.kernel_signature == kernel.function.kernel_signature) continue;
      fail_kernel_mismatch(entry, definition, *other, kernel);
    }
  }
  if (definition == nullptr || kernel.function.inferred == nullptr) return;
  if (const auto difference = find_schema_difference(*kernel.function.inferred, definition->schema)) {
    fail_operator(
        OperatorFailure::schema_mismatch,
        format("Inferred operator schema for a C++ kernel function doesn't match the expected function schema.\n"
               "  operator: {}\n  expected schema: {}\n    registered at {}\n  inferred schema: {}\n    registered at "
               "{}\n  reason: {}",
               entry.name().to_string(), definition->schema.to_string(), definition->location,
               kernel.function.inferred->to_string(), kernel.location, *difference));
  }
}

Registration Dispatcher::define(FunctionSchema schema, const std::string& location, std::vector<std::string> tags) {
  auto definition = std::make_shared<Definition>();
  definition->schema = std::move(schema);
  definition->location = location;
  definition->tags = std::move(tags);
  OperatorEntry* defined = nullptr;
  std::function<void()> undo;
  {
    const Locked lock(mutex_, garbage_);
    OperatorEntry& entry = entry_of(definition->schema.name);
    check_definition(entry, *definition);
    definition->order = next_id_++;
    undo = [this, &entry] { undefine(entry); };
    const Note note(&RegisteredNames::operators, entry.name().to_string());
    entry.definition_ = std::move(definition);
    try {
      publish(entry);
    } catch (...) {
      entry.definition_ = nullptr;
      throw;
    }
    note.keep();
    defined = &entry;
  }
  Registration registration(std::move(undo));
  notify(OperatorHandle(defined), true);
  return registration;
}

void Dispatcher::check_definition(const OperatorEntry& entry, const Definition& definition) const {
  if (entry.definition_ != nullptr) {
    fail_operator(OperatorFailure::duplicate_def,
                  format("Tried to register an operator ({}) with the same name and overload name multiple times. "
                         "Each overload's schema should only be registered with a single call to def(). Duplicate "
                         "registration: registered at {}. Original registration: registered at {}",
                         definition.schema.to_string(), definition.location, entry.definition_->location));
  }
  for (const auto& entry_stack : entry.kernels_) {
    for (const Kernel* kernel : entry_stack.second) check_kernel(entry, *kernel, &definition);
  }
}

void Dispatcher::undefine(OperatorEntry& entry) {
  {
    const Locked lock(mutex_, garbage_);
    entry.definition_ = nullptr;
    publish(entry);
  }
  try {
    notify(OperatorHandle(&entry), false);
  } catch (const std::bad_alloc&) {        // there is no memory to tell of it either
  } catch (const std::exception& error) {  // a library that goes cannot be kept by who listens
    log_warning("{}: a listener failed when the operator went: {}", entry.name().to_string(), error.what());
  }
}

Registration Dispatcher::implement(const OperatorName& name, DispatchKey key, KernelFunction function,
                                   const std::string& location) {
  auto kernel = std::make_unique<Kernel>(std::move(function), key, location);
  std::function<void()> undo;
  std::optional<std::string> overridden;
  {
    const Locked lock(mutex_, garbage_);
    OperatorEntry& entry = entry_of(name);
    check_kernel(entry, *kernel, entry.definition_.get());
    undo = [this, &entry, raw = kernel.get()] { remove_kernel(entry, raw); };
    const Note note(&RegisteredNames::kernels, format("{} [{}]", name.to_string(), to_string(key)));
    KernelStacks::iterator stack = entry.kernels_.try_emplace(key).first;
    if (!stack->second.empty()) overridden = stack->second.back()->location;
    try {
      stack->second.push_back(kernel.get());
      update_slots(entry.slots_, entry.kernels_, fallbacks_, key);
      publish(entry);
    } catch (...) {
      std::erase(stack->second, kernel.get());
      if (stack->second.empty()) entry.kernels_.erase(stack);
      update_slots(entry.slots_, entry.kernels_, fallbacks_, key);
      throw;
    }
    note.keep();
  }
  // From here on the registration owns the kernel: what fails below undoes it.
  kernel.release();
  Registration registration(std::move(undo));
  if (overridden) warn_override(name, key, *overridden, location);
  return registration;
}

void Dispatcher::warn_override(const OperatorName& name, DispatchKey key, const std::string& older,
                               const std::string& newer) {
  {
    const std::lock_guard lock(mutex_);
    if (!warned_.emplace(name, key).second) return;
  }
  log_warning(
      "Overriding a previously registered kernel for the same operator and the same dispatch key; operator: {}; "
      "dispatch key: {}; previous kernel: registered at {}; new kernel: registered at {}",
      name.to_string(), to_string(key), older, newer);
}

void Dispatcher::remove_kernel(OperatorEntry& entry, Kernel* kernel) {
  const Locked lock(mutex_, garbage_);
  const auto found = entry.kernels_.find(kernel->key);
  std::erase(found->second, kernel);
  if (found->second.empty()) entry.kernels_.erase(found);
  update_slots(entry.slots_, entry.kernels_, fallbacks_, kernel->key);
  publish_or_empty(entry);
  garbage_.add(kernel);
}

Registration Dispatcher::register_fallback(DispatchKey key, KernelFunction function, const std::string& location) {
  if (is_alias_key(key) || is_per_backend_functionality(key) || key == DispatchKey::Undefined) {
    fail_operator(OperatorFailure::bad_fallback,
                  format("fallback(...): {} is not a single runtime key; a fallback needs one", to_string(key)));
  }
  auto kernel = std::make_unique<Kernel>(std::move(function), key, location);
  std::function<void()> undo = [this, raw = kernel.get()] { remove_fallback(raw); };
  const Locked lock(mutex_, garbage_);
  Kernel*& slot = fallbacks_[table_index(key)];
  if (slot != nullptr) {
    fail_operator(OperatorFailure::duplicate_fallback,
                  format("Tried to register multiple backend fallbacks for the same dispatch key {}; previous "
                         "registration registered at {}, new registration registered at {}",
                         to_string(key), slot->location, location));
  }
  slot = kernel.get();
  publish_fallback(key);
  kernel.release();
  return Registration(std::move(undo));
}

void Dispatcher::publish_fallback(DispatchKey key) noexcept {
  for (const auto& named : entries_) {
    OperatorEntry& entry = *named.second;
    update_slots(entry.slots_, entry.kernels_, fallbacks_, key);
    publish_or_empty(entry);
  }
}

void Dispatcher::remove_fallback(Kernel* kernel) {
  const Locked lock(mutex_, garbage_);
  fallbacks_[table_index(kernel->key)] = nullptr;
  publish_fallback(kernel->key);
  garbage_.add(kernel);
}

Registration Dispatcher::register_class(intrusive_ptr<CustomClass> custom_class) {
  const std::string name = custom_class->name(), cpp_type = custom_class->cpp_type();
  std::function<void()> undo = [this, name, cpp_type] {
    intrusive_ptr<const CustomClass> last;  // destroyed after the lock is gone
    const std::lock_guard lock(mutex_);
    last = classes_[name];
    classes_.erase(name);
    classes_by_type_.erase(cpp_type);
  };
  const std::lock_guard lock(mutex_);
  if (classes_.count(name) != 0) {
    fail_operator(OperatorFailure::duplicate_class,
                  format("Custom class with name {} is already registered; a class is registered once",
                         custom_class->qualified_name()));
  }
  if (const auto found = classes_by_type_.find(cpp_type); found != classes_by_type_.end()) {
    fail_operator(OperatorFailure::duplicate_class,
                  format("{}: its C++ type {} is already registered as {}; a type is registered once", name,
                         demangle(cpp_type.c_str()), found->second->qualified_name()));
  }
  const Note note(&RegisteredNames::classes, name);
  classes_.emplace(name, custom_class);
  try {
    classes_by_type_.emplace(cpp_type, custom_class);
  } catch (...) {
    classes_.erase(name);
    throw;
  }
  note.keep();
  return Registration(std::move(undo));
}

Registration Dispatcher::add_listener(std::function<void(const OperatorHandle&)> on_define,
                                      std::function<void(const OperatorHandle&)> on_undefine) {
  auto listener = std::make_shared<Listener>();
  listener->on_define = std::move(on_define);
  listener->on_undefine = std::move(on_undefine);
  const std::lock_guard lock(mutex_);
  listener->id = next_id_++;
  std::function<void()> undo = [this, id = listener->id] {
    const std::lock_guard inner(mutex_);
    std::erase_if(listeners_, [&](const auto& one) { return one->id == id; });
  };
  listeners_.push_back(std::move(listener));
  return Registration(std::move(undo));
}

void Dispatcher::notify(const OperatorHandle& op, bool defined) {
  std::vector<std::shared_ptr<const Listener>> listeners;
  {
    const std::lock_guard lock(mutex_);
    listeners = listeners_;
  }
  for (const auto& listener : listeners) {
    const auto& callback = defined ? listener->on_define : listener->on_undefine;
    if (callback) callback(op);
  }
}

std::optional<OperatorHandle> Dispatcher::find_schema(const OperatorName& name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end() || found->second->definition_ == nullptr) return {};
  return OperatorHandle(found->second);
}

std::optional<OperatorHandle> Dispatcher::find_operator(const OperatorName& name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return {};
  if (found->second->definition_ == nullptr && found->second->kernels_.empty()) return {};
  return OperatorHandle(found->second);
}

OperatorHandle Dispatcher::find_schema_or_throw(std::string_view name, std::string_view overload) {
  const OperatorName wanted{std::string(name), std::string(overload)};
  if (const auto found = find_schema(wanted)) return *found;
  const std::string reason = find_operator(wanted) ? "; kernels wait for it, but nobody defines it" : "";
  fail_operator(OperatorFailure::no_schema, "could not find schema for " + wanted.to_string() + reason);
}

std::vector<OperatorHandle> Dispatcher::overloads(std::string_view name) {
  const std::lock_guard lock(mutex_);
  std::vector<const OperatorEntry*> found;
  for (auto at = entries_.lower_bound({std::string(name), ""}); at != entries_.end() && at->first.name == name; ++at) {
    if (at->second->definition_ != nullptr) found.push_back(at->second);
  }
  std::sort(found.begin(), found.end(), [](const OperatorEntry* a, const OperatorEntry* b) {
    return a->definition_->order < b->definition_->order;
  });
  return {found.begin(), found.end()};
}

std::vector<OperatorName> Dispatcher::operator_names() {
  const std::lock_guard lock(mutex_);
  std::vector<OperatorName> names;
  for (const auto& [name, entry] : entries_) {
    if (entry->definition_ != nullptr) names.push_back(name);
  }
  return names;
}

intrusive_ptr<const CustomClass> Dispatcher::find_class(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = classes_.find(name);
  return found == classes_.end() ? nullptr : found->second;
}

intrusive_ptr<const CustomClass> Dispatcher::find_class_of(std::string_view cpp_type) {
  const std::lock_guard lock(mutex_);
  const auto found = classes_by_type_.find(cpp_type);
  return found == classes_by_type_.end() ? nullptr : found->second;
}

std::vector<std::string> Dispatcher::class_names() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& entry : classes_) names.push_back(entry.first);
  return names;
}

std::vector<std::pair<DispatchKey, std::string>> Dispatcher::kernels_of(const OperatorEntry& entry) {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<DispatchKey, std::string>> kernels;
  for (const auto& [key, stack] : entry.kernels_) {
    if (!stack.empty()) kernels.emplace_back(key, stack.back()->location);
  }
  return kernels;
}

void Dispatcher::collect_garbage() { const Locked lock(mutex_, garbage_); }

intrusive_ptr<const CustomClass> class_of_cpp_type(const char* cpp_type) {
  if (auto found = Dispatcher::singleton().find_class_of(cpp_type)) return found;
  fail_operator(
      OperatorFailure::unknown_class,
      format("Can't find class of C++ type {}; register it with class_ before operators use it", demangle(cpp_type)));
}

CustomClassHolder* instance_of_cpp_type(const Value& value, const char* cpp_type) {
  ObjectValue& object = value.to_object();
  if (object.custom_class->cpp_type() != cpp_type) {
    fail_operator(OperatorFailure::type,
                  format("Tried to convert an object of class {} to {}; only an instance of exactly that class serves",
                         object.custom_class->qualified_name(), demangle(cpp_type)));
  }
  if (!object.instance) {
    fail_operator(OperatorFailure::type,
                  object.custom_class->qualified_name() + ": the object has not been initialised");
  }
  return object.instance.get();
}

Value object_value(intrusive_ptr<CustomClassHolder> instance, const char* cpp_type) {
  return make_intrusive<ObjectValue>(class_of_cpp_type(cpp_type), std::move(instance));
}

}  // namespace spinel::registry::inline v1
