// A TVM-FFI library written against the C ABI alone, so that it needs neither headers nor run-time library of TVM.
#include <cstring>

#include "spinel/hosts/tvm_ffi/abi.h"

namespace {

using spinel::hosts::tvm_ffi::Any;
namespace ffi = spinel::hosts::tvm_ffi;

/// Texts that live as long as the library.
int give_text(const char* text, Any* result) {
  result->type_index = ffi::type_raw_string;
  result->text = text;
  return 0;
}

const DLTensor& view_of(const Any& any) { return *static_cast<const DLTensor*>(any.pointer); }

double& element(const DLTensor& view, int64_t index) {
  const int64_t stride = view.strides == nullptr ? 1 : view.strides[0];
  return reinterpret_cast<double*>(static_cast<char*>(view.data) + view.byte_offset)[index * stride];
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default"))) int
#define SIGNATURE(name) __tvm_ffi_##name(void*, const Any* arguments, int32_t count, Any* result)
#define METADATA(name, text) \
  EXPORT __tvm_ffi__metadata_##name(void*, const Any*, int32_t, Any* result) { return give_text(text, result); }

/// out = factor * x, for float64 of one dimension, with strides.
EXPORT SIGNATURE(scale) {
  if (count != 3 || arguments[0].type_index != ffi::type_dl_tensor) return -2;
  const DLTensor &x = view_of(arguments[0]), &out = view_of(arguments[1]);
  for (int64_t i = 0; i < x.shape[0]; ++i) element(out, i) = element(x, i) * arguments[2].floating;
  result->type_index = ffi::type_none;
  return 0;
}
METADATA(scale, R"({"type_schema": "{\"type\":\"ffi.Function\",\"named_args\":{\"return\":[{\"type\":\"None\"}],)"
                R"(\"params\":[{\"type\":\"DLTensor*\"},{\"type\":\"DLTensor*\"},{\"type\":\"float\"}]}}"})")

/// Its arguments as a number that tells each of them.
EXPORT SIGNATURE(mixed) {
  if (count != 4) return -2;
  const int64_t length =
      arguments[3].type_index == ffi::type_none ? 9 : static_cast<int64_t>(std::strlen(arguments[3].text));
  result->type_index = ffi::type_int;
  result->integer = arguments[0].integer * 1000 + static_cast<int64_t>(arguments[1].floating) * 100 +
                    (arguments[2].type_index == ffi::type_bool && arguments[2].integer != 0 ? 10 : 0) + length;
  return 0;
}
METADATA(mixed, R"({"type_schema": "{\"type\":\"ffi.Function\",\"args\":[{\"type\":\"int\"},{\"type\":\"int\"},)"
                R"({\"type\":\"float\"},{\"type\":\"bool\"},{\"type\":\"Optional\",\"args\":[{\"type\":\"str\"}]}]}"})")

/// Whether an argument came as a dtype and a device.
EXPORT SIGNATURE(describe) {
  if (count != 2 || arguments[0].type_index != ffi::type_data_type || arguments[1].type_index != ffi::type_device)
    return -2;
  result->type_index = ffi::type_data_type;
  result->data_type = arguments[0].data_type;
  return 0;
}

/// Always fails, with an exception that it says Python holds.
EXPORT SIGNATURE(failing) {
  static_cast<void>(arguments), static_cast<void>(count), static_cast<void>(result);
  return -2;
}
METADATA(failing, R"({"type_schema": "{\"type\":\"ffi.Function\",\"args\":[{\"type\":\"int\"}]}"})")

/// Takes a function, which no schema can name.
EXPORT SIGNATURE(callback) {
  static_cast<void>(arguments), static_cast<void>(count), static_cast<void>(result);
  return 0;
}
METADATA(callback, R"({"type_schema": "{\"type\":\"ffi.Function\",\"args\":[{\"type\":\"None\"},)"
                   R"({\"type\":\"ffi.Function\"}]}"})")
