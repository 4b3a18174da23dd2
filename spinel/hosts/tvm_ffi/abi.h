// The part of TVM-FFI's C ABI (apache-tvm-ffi 0.1) that the bridge speaks: values, objects, and the run-time's
// functions.
#pragma once

#include <ATen/dlpack.h>

#include <cstddef>
#include <cstdint>

// Declared here because the bridge loads the run-time library by itself and so needs none of its headers to build.
// Layouts are those of tvm/ffi/c_api.h, which its authors keep stable.
namespace spinel::hosts::tvm_ffi {

/// What an Any holds. Up to 63 plain values, from 64 on counted objects.
enum TypeIndex : int32_t {
  type_none = 0,
  type_int = 1,
  type_bool = 2,
  type_float = 3,
  type_opaque_pointer = 4,
  type_data_type = 5,
  type_device = 6,
  type_dl_tensor = 7,
  type_raw_string = 8,
  type_byte_array = 9,
  type_moved_object = 10,  ///< the address of a reference that its caller gives away
  type_small_string = 11,
  type_small_bytes = 12,
  type_first_object = 64,
  type_string = 65,
  type_bytes = 66,
  type_error = 67,
  type_function = 68,
  type_shape = 69,
  type_tensor = 70,
  type_array = 71,
  type_map = 72,
  type_module = 73,
  type_list = 75,
  type_dict = 76,
};

struct Object {
  uint64_t reference_count;
  int32_t type_index;
  uint32_t padding;
  void (*deleter)(void* self, int flags);
};

struct ByteArray {
  const char* data;
  size_t size;
};

/// A value of any type. As an argument it owns nothing; as a result it owns the object it points to.
struct Any {
  int32_t type_index = type_none;
  uint32_t small_length = 0;  ///< of a small string; else zero
  union {
    int64_t integer;
    double floating;
    void* pointer;
    const char* text;
    Object* object;
    DLDataType data_type;
    DLDevice device;
    char bytes[8];
  };
  Any() : integer(0) {}
};
static_assert(sizeof(Any) == 16 && sizeof(Object) == 24);

// What stands behind an object's header.
struct ShapeCell {
  const int64_t* data;
  size_t size;
};
struct SequenceCell {
  Any* data;
  int64_t size;
  int64_t capacity;
  void (*data_deleter)(void*);
};
struct ErrorCell {
  ByteArray kind, message, backtrace;
};

template <typename Cell>
const Cell& cell_of(const Object* object) {
  return *reinterpret_cast<const Cell*>(object + 1);
}

/// Every function: 0 is success, -1 an error that the run-time keeps for the thread, -2 one that Python keeps.
using SafeCall = int (*)(void* self, const Any* arguments, int32_t count, Any* result);

/// Makes a tensor like `prototype` for a function that returns new ones.
using TensorAllocator = int (*)(DLTensor* prototype, DLManagedTensorVersioned** out, void* error_context,
                                void (*set_error)(void* error_context, const char* kind, const char* message));

}  // namespace spinel::hosts::tvm_ffi
