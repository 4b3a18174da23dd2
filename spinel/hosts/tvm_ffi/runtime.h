// TVM-FFI's run-time library, loaded when it is first needed: objects, errors, tensors, global functions, streams.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "spinel/base/platform/dynamic_library.h"
#include "spinel/hosts/tvm_ffi/abi.h"

namespace spinel::hosts::tvm_ffi {

/// A counted object of the run-time, or null. Owns one count.
class ObjectRef {
 public:
  ObjectRef() = default;
  explicit ObjectRef(Object* owned) : object_(owned) {}
  ObjectRef(ObjectRef&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  ObjectRef& operator=(ObjectRef&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~ObjectRef();
  Object* get() const { return object_; }
  Object* release() { return std::exchange(object_, nullptr); }

 private:
  Object* object_ = nullptr;
};

/// The functions of libtvm_ffi.so. One for the process.
class Runtime {
 public:
  /// Loads the library: the file that the environment variable SPINEL_TVM_FFI names, else libtvm_ffi.so as the system
  /// finds it (a library that needs it brings it along). Not there, or without a function: unavailable.
  static const Runtime& get();
  /// The same, or null where it is not there.
  static const Runtime* find();

  /// Throws the failure that a call left behind as a registry::CallError of the class that the kind names, so that a
  /// host's language gets it back: TypeError, ValueError, IndexError, KeyError and AttributeError as invalid_argument,
  /// others as unavailable, the text `<what>: <kind>: <message>`.
  [[noreturn]] void raise(std::string_view what, int status) const;
  /// raise() unless `status` is 0.
  void check(std::string_view what, int status) const {
    if (status != 0) raise(what, status);
  }
  /// Leaves an error for the caller of a function that is about to return -1.
  void set_error(const char* kind, const std::string& message) const;

  /// A string object, for texts with zero bytes; short ones become small strings, which own nothing.
  Any make_string(std::string_view text) const;
  /// A tensor object that takes the memory over.
  ObjectRef make_tensor(DLManagedTensorVersioned* tensor) const;
  /// The memory of a tensor object; the caller must call its deleter.
  DLManagedTensorVersioned* to_dlpack(Object* tensor) const;
  /// Calls a function that the run-time or a library registered under a global name, such as "ffi.Array".
  Any call_global(std::string_view name, std::span<const Any> arguments) const;
  Any call(Object* function, std::span<const Any> arguments, std::string_view what) const;
  /// A function object; `deleter` is called with `self` when its last count goes.
  ObjectRef make_function(void* self, SafeCall call, void (*deleter)(void* self)) const;
  /// Registers it under a global name. Taken already and `may_replace` false: invalid_argument.
  void set_global(std::string_view name, const ObjectRef& function, bool may_replace) const;
  void release(Object* object) const { object_release_(object); }

  /// While one lives, functions of the thread run on this stream of the device and allocate through `allocator`.
  class CallScope {
   public:
    CallScope(const Runtime* runtime, DLDevice device, void* stream, TensorAllocator allocator);
    ~CallScope();
    CallScope(const CallScope&) = delete;
    CallScope& operator=(const CallScope&) = delete;

   private:
    const Runtime* runtime_;
    DLDevice device_;
    void* old_stream_ = nullptr;
    TensorAllocator old_allocator_ = nullptr;
  };

 private:
  explicit Runtime(DynamicLibrary library);
  ObjectRef global(std::string_view name) const;

  DynamicLibrary library_;
  int (*object_release_)(Object*);
  void (*error_move_)(Object**);
  void (*error_set_)(const char*, const char*);
  int (*string_make_)(const ByteArray*, Any*);
  int (*tensor_from_dlpack_)(DLManagedTensorVersioned*, int32_t, int32_t, Object**);
  int (*tensor_to_dlpack_)(Object*, DLManagedTensorVersioned**);
  int (*function_create_)(void*, SafeCall, void (*)(void*), Object**);
  int (*function_set_global_)(const ByteArray*, Object*, int);
  int (*function_get_global_)(const ByteArray*, Object**);
  int (*function_call_)(Object*, const Any*, int32_t, Any*);
  int (*set_stream_)(int32_t, int32_t, void*, void**);
  int (*set_allocator_)(TensorAllocator, int, TensorAllocator*);
};

}  // namespace spinel::hosts::tvm_ffi
