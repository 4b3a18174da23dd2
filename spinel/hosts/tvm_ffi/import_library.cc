#include "spinel/hosts/tvm_ffi/import_library.h"

#include <ATen/ATen.h>
#include <ATen/DLConvertor.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/library.h>

#include <algorithm>
#include <cctype>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/hosts/bridge/torch_operators.h"
#include "spinel/hosts/bridge/torch_value.h"
#include "spinel/hosts/tvm_ffi/conversion.h"
#include "spinel/hosts/tvm_ffi/signature.h"
#include "spinel/registry/binder.h"
#include "spinel/registry/dispatcher.h"
#include "spinel/registry/library.h"
#include "spinel/registry/schema_parser.h"

namespace spinel::hosts::tvm_ffi {
namespace {

constexpr std::string_view prefix = "__tvm_ffi_";
constexpr std::string_view metadata_prefix = "__tvm_ffi__metadata_";
constexpr std::string_view library_symbols = "__tvm_ffi__";  // metadata, docs, the library's own context

SafeCall function_in(const DynamicLibrary& library, std::string_view symbol, std::string_view name) {
  return reinterpret_cast<SafeCall>(library.symbol(std::string(symbol) + std::string(name)));
}

/// New memory of libtorch's for a function that returns a tensor it made.
int allocate(DLTensor* prototype, DLManagedTensorVersioned** out, void* context,
             void (*set_error)(void*, const char*, const char*)) {
  try {
    const at::Device device = at::dlDeviceToTorchDevice(prototype->device.device_type,
                                                        static_cast<c10::DeviceIndex>(prototype->device.device_id));
    const at::IntArrayRef sizes(prototype->shape, static_cast<size_t>(prototype->ndim));
    *out =
        at::toDLPackVersioned(at::empty(sizes, at::TensorOptions(at::toScalarType(prototype->dtype)).device(device)));
    return 0;
  } catch (const std::exception& error) {
    set_error(context, "MemoryError", error.what());
    return -1;
  }
}

/// The stream that libtorch's kernels run on now; null on the CPU.
void* current_stream(DLDevice device) {
  if (device.device_type == kDLCPU) return nullptr;
  const at::Device torch_device =
      at::dlDeviceToTorchDevice(device.device_type, static_cast<c10::DeviceIndex>(device.device_id));
  const c10::impl::VirtualGuardImpl guard(torch_device.type());
  return guard.getStream(torch_device).native_handle();
}

/// An array that the function returned becomes the list or tuple that the schema says.
registry::Value result_as(const registry::FunctionSchema& schema, size_t index, const registry::Value& value) {
  const registry::Type& type = schema.returns[index].type;
  const auto converted = registry::convert_host_value(value, type);
  require(converted.has_value(), "{}: it returned {}; the schema says {}", schema.name.to_string(), value.repr(),
          type.to_string());
  return *converted;
}

/// Calls a function with one value an argument, and puts its results in their place.
void call_function(SafeCall function, const registry::FunctionSchema& schema, const Runtime* runtime,
                   bool owned_tensors, registry::Stack& stack) {
  const std::string name = schema.name.to_string();
  Arguments arguments(runtime, owned_tensors);
  const size_t first = stack.size() - schema.arguments.size();
  for (size_t i = 0; i < schema.arguments.size(); ++i) arguments.add(stack[first + i], schema.arguments[i].type);
  Any result;
  {
    const DLDevice device = arguments.device();
    const Runtime::CallScope scope(runtime, device, current_stream(device), &allocate);
    const int status =
        function(nullptr, arguments.values().data(), static_cast<int32_t>(arguments.values().size()), &result);
    if (status != 0) Runtime::get().raise(name, status);
  }
  const registry::Value value = to_value(result, name);
  stack.resize(first);
  const size_t returns = schema.returns.size();
  if (returns == 1) stack.push_back(result_as(schema, 0, value));
  if (returns < 2) return;
  const size_t count = value.is_list() ? value.to_list().items.size() : 1;
  require(value.is_list() && count == returns, "{}: it returned {} values; the schema says {}", name, count, returns);
  for (size_t i = 0; i < count; ++i) stack.push_back(result_as(schema, i, value.to_list().items[i]));
}

/// What a function without metadata says when it is called with more arguments than any function takes.
std::optional<Signature> ask_for_signature(SafeCall function, std::string_view name) {
  const std::vector<Any> too_many(256);
  Any result;
  const int status = function(nullptr, too_many.data(), static_cast<int32_t>(too_many.size()), &result);
  if (status == 0) {
    // It takes any number of arguments.
    static_cast<void>(to_value(result, name));
    return {};
  }
  try {
    Runtime::get().raise(name, status);
  } catch (const Error& error) {
    return parse_mismatch(error.what());
  }
}

std::optional<Signature> signature_of(const DynamicLibrary& library, const std::string& name) {
  if (const SafeCall metadata = function_in(library, metadata_prefix, name)) {
    Any text;
    if (const int status = metadata(nullptr, nullptr, 0, &text); status != 0) Runtime::get().raise(name, status);
    return parse_metadata(to_value(text, name).to_string(), name);
  }
  return ask_for_signature(function_in(library, prefix, name), name);
}

/// Whether every call has a tensor, by which the kernel is found.
bool needs_tensor(const registry::FunctionSchema& schema) {
  return std::any_of(schema.arguments.begin(), schema.arguments.end(), [](const registry::Argument& argument) {
    return argument.type.kind() == registry::TypeKind::tensor;
  });
}

/// Of an owned tensor only the object will do; a view serves `DLTensor*` and needs no object.
bool takes_objects(const std::optional<Signature>& signature) {
  if (!signature) return Runtime::find() != nullptr;
  return std::any_of(signature->parameters.begin(), signature->parameters.end(), [](const FfiType& type) {
    return type.name != "DLTensor*" && (type.name.find("Tensor") != std::string::npos || !type.arguments.empty());
  });
}

std::string default_name_space(const std::string& path) {
  std::string name = path.substr(path.find_last_of("/\\") + 1);
  name = name.substr(0, name.find('.'));
  if (name.starts_with("lib")) name = name.substr(3);
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) ? "_" + name : name;
}

std::vector<std::string> functions_of(const DynamicLibrary& library) {
  std::vector<std::string> names;
  for (const std::string& symbol : library.symbols()) {
    if (symbol.starts_with(prefix) && !symbol.starts_with(library_symbols))
      names.push_back(symbol.substr(prefix.size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The user's schemas by the name of their function.
std::map<std::string, registry::FunctionSchema> given_schemas(const ImportOptions& options, const std::string& space,
                                                              const std::vector<std::string>& functions,
                                                              const std::string& path) {
  std::map<std::string, registry::FunctionSchema> schemas;
  for (const std::string& text : options.schemas) {
    registry::FunctionSchema schema = registry::parse_schema(text);
    const std::string name = schema.name.name.substr(schema.name.name.rfind(':') + 1);
    if (std::find(functions.begin(), functions.end(), name) == functions.end()) {
      fail(ErrorKind::not_found, "{}: it exports no function '{}'{}", path, name, suggestion(name, functions));
    }
    schema.name.name = space + "::" + name;
    schemas.insert_or_assign(name, std::move(schema));
  }
  return schemas;
}

}  // namespace

struct ImportedLibrary::Registrations {
  explicit Registrations(const std::string& space)
      : layer(registry::Library::Kind::fragment, space),
        torch(torch::Library::FRAGMENT, space, std::nullopt, __FILE__, __LINE__) {}
  registry::Library layer;
  torch::Library torch;
};

ImportedLibrary::ImportedLibrary() = default;
ImportedLibrary::ImportedLibrary(ImportedLibrary&&) noexcept = default;
ImportedLibrary& ImportedLibrary::operator=(ImportedLibrary&&) noexcept = default;
ImportedLibrary::~ImportedLibrary() = default;

std::vector<std::string> exported_functions(const std::string& path) {
  return functions_of(DynamicLibrary::open(path));
}

ImportedLibrary import_library(const std::string& path, const ImportOptions& options) {
  const DynamicLibrary library = DynamicLibrary::open(path);
  const std::vector<std::string> functions = functions_of(library);
  require(!functions.empty(), "{}: it exports no function to TVM-FFI (no symbol begins with {})", path, prefix);
  const std::string space = options.name_space.empty() ? default_name_space(path) : options.name_space;
  const auto given = given_schemas(options, space, functions, path);
  const Runtime* runtime = Runtime::find();
  ImportedLibrary imported;
  imported.registrations_ = std::make_unique<ImportedLibrary::Registrations>(space);
  for (const std::string& name : functions) {
    std::optional<Signature> signature;
    std::optional<registry::FunctionSchema> schema;
    if (const auto own = given.find(name); own != given.end()) {
      schema = own->second;
    } else {
      try {
        signature = signature_of(library, name);
        if (signature) schema = to_schema(*signature, space, name);
        else imported.left_out_[name] = "it does not tell its signature; give a schema for it";
      } catch (const Error& error) {
        imported.left_out_[name] = error.what();
      }
    }
    if (!schema) continue;
    const SafeCall function = function_in(library, prefix, name);
    const bool objects = takes_objects(signature);
    registry::Library& layer = imported.registrations_->layer;
    const auto kernel = [&] {
      return registry::make_boxed_kernel(
          [function, runtime, objects, own = *schema](const registry::OperatorHandle&, registry::Stack* stack) {
            call_function(function, own, runtime, objects, *stack);
          });
    };
    layer.def(schema->to_string());
    if (needs_tensor(*schema)) {
      layer.impl(schema->name.to_string(), kernel(), registry::DispatchKey::CPU);
      layer.impl(schema->name.to_string(), kernel(), registry::DispatchKey::CUDA);
    } else {
      layer.impl(schema->name.to_string(), kernel(), registry::DispatchKey::CompositeExplicitAutograd);
    }
    const auto op = registry::Dispatcher::singleton().find_schema_or_throw(schema->name.name, schema->name.overload);
    if (options.on_torch) define_on_torch(imported.registrations_->torch, op);
    imported.operators_.push_back(schema->name);
  }
  return imported;
}

}  // namespace spinel::hosts::tvm_ffi
