// The C functions of the stable ABI on the registry. None lets an exception out: it is kept for the thread, and the
// caller's header throws its own from the code that is returned.
#include "compat/include/torch/csrc/inductor/aoti_torch/c/shim.h"

#include <memory>
#include <string>
#include <string_view>

#include "compat/aten/operators.h"
#include "compat/shim/guarded.h"
#include "spinel/registry/call_error.h"
#include "spinel/registry/dispatcher.h"
#include "spinel/registry/load_library.h"

namespace spinel::shim {
namespace {

using registry::Library;
using registry::LibraryBlock;
using registry::OperatorHandle;
using registry::Stack;

/// The block behind a handle, or why the header's static object could not be made.
Library& library_of(TorchLibraryHandle handle) {
  Library* library = handle == nullptr ? nullptr : reinterpret_cast<LibraryBlock*>(handle)->library();
  if (library == nullptr) registry::fail_call(registry::ErrorClass::runtime, last_failure());
  return *library;
}

/// A block as a static object has it, so that the loader of libraries knows what to deregister.
AOTITorchError begin(Library::Kind kind, const char* ns, std::optional<registry::DispatchKey> key,
                     TorchLibraryHandle* ret) {
  *ret = nullptr;
  return guarded([&] { *ret = reinterpret_cast<TorchLibraryHandle>(new LibraryBlock(kind, ns, key)); });
}

/// A boxed kernel of the registry that calls one of the stable ABI, which takes its arguments over first of all.
registry::KernelFunction wrap(StableKernel kernel) {
  return registry::make_boxed_kernel([kernel](const OperatorHandle& op, Stack* stack) {
    const auto schema = op.schema();
    const size_t arguments = schema->arguments.size(), returns = schema->returns.size();
    std::vector<StableIValue> packed = to_stable(stack->data() + (stack->size() - arguments), schema->arguments);
    packed.resize(std::max(arguments, returns));
    kernel(packed.data(), arguments, returns);
    stack->resize(stack->size() - arguments);
    from_stable(packed.data(), schema->returns, *stack);
  });
}

AOTITorchError call(const char* name, const char* overload, StableIValue* values) {
  return guarded([&] {
    const std::string_view full = name;
    if (full.starts_with("aten::")) aten::register_operators();
    const OperatorHandle op = registry::Dispatcher::singleton().find_schema_or_throw(name, overload);
    const auto schema = op.schema();
    Stack stack;
    from_stable(values, schema->arguments, stack);
    op.call_boxed(stack);
    const std::vector<StableIValue> results = to_stable(stack.data(), schema->returns);
    std::copy(results.begin(), results.end(), values);
  });
}

using Items = std::vector<StableIValue>;
Items& items_of(StableListHandle list) { return *reinterpret_cast<Items*>(list); }
StableIValue& item_of(StableListHandle list, size_t index) {
  Items& items = items_of(list);
  if (index >= items.size()) {
    registry::fail_call(registry::ErrorClass::index, "list: index " + std::to_string(index) + " is out of range for " +
                                                         std::to_string(items.size()) + " elements");
  }
  return items[index];
}
std::string& text_of(StringHandle handle) { return *reinterpret_cast<std::string*>(handle); }

}  // namespace

std::string& last_failure() {
  thread_local std::string text;
  return text;
}

void keep_failure(const char* text) noexcept {
  try {
    last_failure() = text;
  } catch (...) {  // there is no memory for the text
  }
}

}  // namespace spinel::shim

using namespace spinel::shim;
namespace registry = spinel::registry;

extern "C" {

#define SPINEL_SHIM_DEFINE(name, code) \
  int32_t aoti_torch_dtype_##name() { return code; }
SPINEL_SHIM_FOR_EACH_DTYPE(SPINEL_SHIM_DEFINE)
#undef SPINEL_SHIM_DEFINE
#define SPINEL_SHIM_DEFINE(name, code) \
  int32_t aoti_torch_device_type_##name() { return code; }
SPINEL_SHIM_FOR_EACH_DEVICE_TYPE(SPINEL_SHIM_DEFINE)
#undef SPINEL_SHIM_DEFINE
#define SPINEL_SHIM_DEFINE(name, code) \
  int32_t aoti_torch_layout_##name() { return code; }
SPINEL_SHIM_FOR_EACH_LAYOUT(SPINEL_SHIM_DEFINE)
#undef SPINEL_SHIM_DEFINE
#define SPINEL_SHIM_DEFINE(name, code) \
  int32_t aoti_torch_memory_format_##name() { return code; }
SPINEL_SHIM_FOR_EACH_MEMORY_FORMAT(SPINEL_SHIM_DEFINE)
#undef SPINEL_SHIM_DEFINE
#define SPINEL_SHIM_DEFINE(name, code) \
  int32_t torch_tag_##name() { return code; }
SPINEL_SHIM_FOR_EACH_TAG(SPINEL_SHIM_DEFINE)
#undef SPINEL_SHIM_DEFINE
int32_t torch_dtype_float8_e8m0fnu() { return 44; }
int32_t torch_dtype_float4_e2m1fn_x2() { return 45; }

uint64_t aoti_torch_abi_version() { return uint64_t{2} << 56 | uint64_t{13} << 48; }
const char* torch_exception_get_what() { return last_failure().c_str(); }
const char* torch_exception_get_what_without_backtrace() { return last_failure().c_str(); }

AOTITorchError aoti_torch_library_init_def(const char* ns, const char*, uint32_t, TorchLibraryHandle* ret) {
  return begin(Library::Kind::def, ns, {}, ret);
}
AOTITorchError aoti_torch_library_init_fragment(const char* ns, const char*, uint32_t, TorchLibraryHandle* ret) {
  return begin(Library::Kind::fragment, ns, {}, ret);
}
AOTITorchError aoti_torch_library_init_impl(const char* ns, const char* k, const char*, uint32_t,
                                            TorchLibraryHandle* ret) {
  *ret = nullptr;
  std::optional<registry::DispatchKey> key;
  const AOTITorchError parsed = guarded([&] { key = registry::parse_dispatch_key(k); });
  return parsed != AOTI_TORCH_SUCCESS ? parsed : begin(Library::Kind::impl, ns, key, ret);
}
AOTITorchError aoti_torch_delete_library_object(TorchLibraryHandle library) {
  return guarded([&] { delete reinterpret_cast<LibraryBlock*>(library); });
}
AOTITorchError aoti_torch_library_def(TorchLibraryHandle library, const char* schema) {
  return guarded([&] { library_of(library).def(schema); });
}
AOTITorchError torch_library_def_with_tags(TorchLibraryHandle library, const char* schema, const int32_t* tags,
                                           int32_t num_tags) {
  return guarded([&] {
    constexpr const char* names[] = {
#define SPINEL_SHIM_NAME(name, code) #name,
        SPINEL_SHIM_FOR_EACH_TAG(SPINEL_SHIM_NAME)
#undef SPINEL_SHIM_NAME
    };
    std::vector<std::string> named;
    for (int32_t i = 0; i < num_tags; ++i) {
      if (tags[i] < 0 || static_cast<size_t>(tags[i]) >= std::size(names)) {
        registry::fail_call(registry::ErrorClass::value, "def: there is no tag " + std::to_string(tags[i]));
      }
      named.emplace_back(names[tags[i]]);
    }
    library_of(library).def(schema, std::move(named));
  });
}
AOTITorchError aoti_torch_library_impl(TorchLibraryHandle library, const char* name, StableKernel kernel) {
  return guarded([&] { library_of(library).impl(name, wrap(kernel)); });
}
AOTITorchError torch_library_impl(TorchLibraryHandle library, const char* name, StableKernel kernel, uint64_t) {
  return aoti_torch_library_impl(library, name, kernel);
}
AOTITorchError torch_library_set_python_module(TorchLibraryHandle library, const char* module, const char* context) {
  return guarded([&] { library_of(library).set_python_module(module, context); });
}

AOTITorchError aoti_torch_call_dispatcher(const char* name, const char* overload, StableIValue* stack) {
  return call(name, overload, stack);
}
AOTITorchError torch_call_dispatcher(const char* name, const char* overload, StableIValue* stack, uint64_t) {
  return call(name, overload, stack);
}

AOTITorchError torch_new_list_reserve_size(size_t size, StableListHandle* ret) {
  return guarded([&] {
    auto items = std::make_unique<Items>();
    items->reserve(size);
    *ret = reinterpret_cast<StableListHandle>(items.release());
  });
}
AOTITorchError torch_list_size(StableListHandle list, size_t* size) {
  return guarded([&] { *size = items_of(list).size(); });
}
AOTITorchError torch_list_get_item(StableListHandle list, size_t index, StableIValue* element) {
  return guarded([&] { *element = item_of(list, index); });
}
AOTITorchError torch_list_set_item(StableListHandle list, size_t index, StableIValue element) {
  return guarded([&] { item_of(list, index) = element; });
}
AOTITorchError torch_list_push_back(StableListHandle list, StableIValue element) {
  return guarded([&] { items_of(list).push_back(element); });
}
AOTITorchError torch_delete_list(StableListHandle list) {
  return guarded([&] { delete reinterpret_cast<Items*>(list); });
}
AOTITorchError torch_new_string_handle(const char* data, size_t length, StringHandle* handle) {
  return guarded([&] { *handle = reinterpret_cast<StringHandle>(new std::string(data, length)); });
}
AOTITorchError torch_delete_string(StringHandle handle) {
  return guarded([&] { delete &text_of(handle); });
}
AOTITorchError torch_string_length(StringHandle handle, size_t* length) {
  return guarded([&] { *length = text_of(handle).size(); });
}
AOTITorchError torch_string_c_str(StringHandle handle, const char** data) {
  return guarded([&] { *data = text_of(handle).c_str(); });
}
AOTITorchError torch_new_stable_ivalue(StableIValue** ret) {
  return guarded([&] { *ret = new StableIValue(0); });
}
AOTITorchError torch_delete_stable_ivalue(StableIValue* value) {
  return guarded([&] {
    if (value == nullptr) registry::fail_call(registry::ErrorClass::value, "stable value: it is null");
    delete value;
  });
}
AOTITorchError torch_parse_device_string(const char* text, uint32_t* type, int32_t* index) {
  return guarded([&] {
    const registry::Device device = registry::parse_device(text);
    *type = static_cast<uint32_t>(device.type);
    *index = device.index;
  });
}

}  // extern "C"
