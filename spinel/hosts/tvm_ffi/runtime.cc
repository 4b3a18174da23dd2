#include "spinel/hosts/tvm_ffi/runtime.h"

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <optional>

#include "spinel/base/error.h"
#include "spinel/registry/call_error.h"

namespace spinel::hosts::tvm_ffi {
namespace {

constexpr const char* default_file = "libtvm_ffi.so";

/// The kinds of errors that others than RuntimeError stand for here.
struct KnownKind {
  std::string_view name;
  registry::ErrorClass error_class;
  ErrorKind kind = ErrorKind::invalid_argument;
};
constexpr KnownKind known_kinds[] = {
    {"TypeError", registry::ErrorClass::type},
    {"ValueError", registry::ErrorClass::value},
    {"IndexError", registry::ErrorClass::index},
    {"KeyError", registry::ErrorClass::runtime},
    {"AttributeError", registry::ErrorClass::runtime},
    {"AssertionError", registry::ErrorClass::assertion, ErrorKind::unavailable},
    {"NotImplementedError", registry::ErrorClass::not_implemented, ErrorKind::unavailable},
    {"MemoryError", registry::ErrorClass::out_of_memory, ErrorKind::unavailable},
};

std::string text_of(const ByteArray& bytes) { return {bytes.data, bytes.size}; }

struct Loaded {
  std::optional<DynamicLibrary> library;
  std::string failure;
};

Loaded load() {
  const char* named = std::getenv("SPINEL_TVM_FFI");
  const std::string file = named != nullptr && *named != '\0' ? named : default_file;
  try {
    return {DynamicLibrary::open(file), ""};
  } catch (const Error& error) {
    return {{}, error.what()};
  }
}

template <typename Function>
void bind(const DynamicLibrary& library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(library.symbol(name));
  if (function == nullptr) {
    fail(ErrorKind::unavailable, "libtvm_ffi: it has no function {}; release 0.1 of apache-tvm-ffi is needed", name);
  }
}

}  // namespace

ObjectRef::~ObjectRef() {
  if (object_ != nullptr) Runtime::get().release(object_);
}

Runtime::Runtime(DynamicLibrary library) : library_(library) {
  bind(library_, "TVMFFIObjectDecRef", object_release_);
  bind(library_, "TVMFFIErrorMoveFromRaised", error_move_);
  bind(library_, "TVMFFIErrorSetRaisedFromCStr", error_set_);
  bind(library_, "TVMFFIStringFromByteArray", string_make_);
  bind(library_, "TVMFFITensorFromDLPackVersioned", tensor_from_dlpack_);
  bind(library_, "TVMFFITensorToDLPackVersioned", tensor_to_dlpack_);
  bind(library_, "TVMFFIFunctionCreate", function_create_);
  bind(library_, "TVMFFIFunctionSetGlobal", function_set_global_);
  bind(library_, "TVMFFIFunctionGetGlobal", function_get_global_);
  bind(library_, "TVMFFIFunctionCall", function_call_);
  bind(library_, "TVMFFIEnvSetStream", set_stream_);
  bind(library_, "TVMFFIEnvSetDLPackManagedTensorAllocator", set_allocator_);
}

const Runtime* Runtime::find() {
  // Found once it stays; not found it is looked for again, as a library loaded since may have brought it.
  static std::atomic<const Runtime*> found = nullptr;
  if (const Runtime* runtime = found.load(std::memory_order_acquire)) return runtime;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (const Runtime* runtime = found.load(std::memory_order_relaxed)) return runtime;
  const Loaded loaded = load();
  if (!loaded.library) return nullptr;
  // Never destroyed: objects that live on when the program ends are released through it.
  const auto* runtime = new Runtime(*loaded.library);
  found.store(runtime, std::memory_order_release);
  return runtime;
}

const Runtime& Runtime::get() {
  if (const Runtime* runtime = find()) return *runtime;
  fail(ErrorKind::unavailable, "{}; SPINEL_TVM_FFI names the file where the system does not find it", load().failure);
}

void Runtime::raise(std::string_view what, int status) const {
  if (status == -2) fail(ErrorKind::unavailable, "{}: it failed with an exception that Python holds", what);
  Object* raised = nullptr;
  error_move_(&raised);
  if (raised == nullptr) fail(ErrorKind::unavailable, "{}: it failed with status {} and left no message", what, status);
  const ObjectRef error(raised);
  const auto& cell = cell_of<ErrorCell>(raised);
  const std::string kind = text_of(cell.kind), message = text_of(cell.message);
  KnownKind known{kind, registry::ErrorClass::runtime, ErrorKind::unavailable};
  for (const KnownKind& one : known_kinds) {
    if (one.name == kind) known = one;
  }
  registry::fail_call(known.error_class, known.kind, format("{}: {}: {}", what, kind, message));
}

void Runtime::set_error(const char* kind, const std::string& message) const { error_set_(kind, message.c_str()); }

Any Runtime::make_string(std::string_view text) const {
  const ByteArray bytes{text.data(), text.size()};
  Any result;
  check("string", string_make_(&bytes, &result));
  return result;
}

ObjectRef Runtime::make_tensor(DLManagedTensorVersioned* tensor) const {
  Object* object = nullptr;
  const int status = tensor_from_dlpack_(tensor, 0, 0, &object);
  if (status != 0) {
    tensor->deleter(tensor);
    raise("tensor", status);
  }
  return ObjectRef(object);
}

DLManagedTensorVersioned* Runtime::to_dlpack(Object* tensor) const {
  DLManagedTensorVersioned* managed = nullptr;
  check("tensor", tensor_to_dlpack_(tensor, &managed));
  return managed;
}

ObjectRef Runtime::global(std::string_view name) const {
  const ByteArray bytes{name.data(), name.size()};
  Object* function = nullptr;
  check(name, function_get_global_(&bytes, &function));
  if (function == nullptr) fail(ErrorKind::not_found, "{}: there is no global function of this name", name);
  return ObjectRef(function);
}

Any Runtime::call(Object* function, std::span<const Any> arguments, std::string_view what) const {
  Any result;
  check(what, function_call_(function, arguments.data(), static_cast<int32_t>(arguments.size()), &result));
  return result;
}

Any Runtime::call_global(std::string_view name, std::span<const Any> arguments) const {
  const ObjectRef function = global(name);
  return call(function.get(), arguments, name);
}

ObjectRef Runtime::make_function(void* self, SafeCall call, void (*deleter)(void* self)) const {
  Object* function = nullptr;
  check("function", function_create_(self, call, deleter, &function));
  return ObjectRef(function);
}

void Runtime::set_global(std::string_view name, const ObjectRef& function, bool may_replace) const {
  const ByteArray bytes{name.data(), name.size()};
  const int status = function_set_global_(&bytes, function.get(), may_replace ? 1 : 0);
  if (status == 0) return;
  Object* raised = nullptr;
  error_move_(&raised);
  const ObjectRef error(raised);
  const std::string message = raised == nullptr ? "no reason is given" : text_of(cell_of<ErrorCell>(raised).message);
  fail(ErrorKind::invalid_argument, "{}: it cannot be registered as a global function: {}", name, message);
}

Runtime::CallScope::CallScope(const Runtime* runtime, DLDevice device, void* stream, TensorAllocator allocator)
    : runtime_(runtime), device_(device) {
  if (runtime_ == nullptr) return;
  runtime_->check("allocator", runtime_->set_allocator_(allocator, 0, &old_allocator_));
  if (device_.device_type == kDLCPU) return;
  runtime_->check("stream", runtime_->set_stream_(device_.device_type, device_.device_id, stream, &old_stream_));
}

Runtime::CallScope::~CallScope() {
  if (runtime_ == nullptr) return;
  // Nothing can be done about a failure here; the next call sets both anew.
  static_cast<void>(runtime_->set_allocator_(old_allocator_, 0, nullptr));
  if (device_.device_type == kDLCPU) return;
  static_cast<void>(runtime_->set_stream_(device_.device_type, device_.device_id, old_stream_, nullptr));
}

}  // namespace spinel::hosts::tvm_ffi
