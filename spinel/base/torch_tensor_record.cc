#include "spinel/base/torch_tensor_record.h"

#include <algorithm>
#include <array>
#include <utility>

#include "spinel/base/error.h"

namespace spinel {
namespace {

using Kind = PickleValue::Kind;

constexpr size_t max_torch_dimensions = 64;

constexpr std::string_view known_callables[] = {
    "collections.OrderedDict", "collections.defaultdict", "collections.Counter", "torch.Size", "torch.device",
    "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
    "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
    "torch._tensor._rebuild_from_type_v2", "torch.serialization._get_layout", "torch.torch_version.TorchVersion",
    // Plain values and containers; protocol 2 writes the module's name of Python 2.
    "__builtin__.set", "__builtin__.frozenset", "__builtin__.list", "__builtin__.dict", "__builtin__.bytearray",
    "__builtin__.complex", "__builtin__.slice", "__builtin__.object", "builtins.set", "builtins.frozenset",
    "builtins.list", "builtins.dict", "builtins.bytearray", "builtins.complex", "builtins.slice", "builtins.object",
    "_codecs.encode", "copyreg._reconstructor", "copy_reg._reconstructor", "numpy.core.multiarray.scalar",
    "numpy.core.multiarray._reconstruct", "numpy._core.multiarray.scalar", "numpy._core.multiarray._reconstruct",
    "numpy.dtype", "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.WindowsPath", "datetime.datetime",
    "datetime.timedelta", "argparse.Namespace", "functools.partial"};

struct StorageType {
  std::string_view name;
  std::optional<Dtype> dtype;
};
constexpr StorageType storage_types[] = {
    {"torch.FloatStorage", Dtype::f32},     {"torch.DoubleStorage", Dtype::f64},
    {"torch.HalfStorage", Dtype::f16},      {"torch.BFloat16Storage", Dtype::bf16},
    {"torch.LongStorage", Dtype::i64},      {"torch.IntStorage", Dtype::i32},
    {"torch.ShortStorage", Dtype::i16},     {"torch.CharStorage", Dtype::i8},
    {"torch.ByteStorage", Dtype::u8},       {"torch.BoolStorage", Dtype::boolean},
    {"torch.UntypedStorage", std::nullopt}, {"torch.storage.UntypedStorage", std::nullopt}};

struct TypeName {
  std::string_view name;
  Dtype dtype;
};
constexpr TypeName type_names[] = {{"torch.float32", Dtype::f32},        {"torch.float64", Dtype::f64},
                                   {"torch.float16", Dtype::f16},        {"torch.bfloat16", Dtype::bf16},
                                   {"torch.int64", Dtype::i64},          {"torch.int32", Dtype::i32},
                                   {"torch.int16", Dtype::i16},          {"torch.int8", Dtype::i8},
                                   {"torch.uint8", Dtype::u8},           {"torch.uint16", Dtype::u16},
                                   {"torch.uint32", Dtype::u32},         {"torch.uint64", Dtype::u64},
                                   {"torch.bool", Dtype::boolean},       {"torch.float8_e4m3fn", Dtype::f8_e4m3},
                                   {"torch.float8_e5m2", Dtype::f8_e5m2}};

/// The call that makes the tensor, without the wrappers of parameters and subclasses: its name and arguments.
struct RebuildCall {
  std::string name;
  std::span<PickleValue* const> arguments;
};

RebuildCall find_call(const PickleValue* value) {
  for (int wrappers = 0; value && value->is(Kind::object) && wrappers < 8; ++wrappers) {
    const std::string name = value->global_name();
    const std::span<PickleValue* const> arguments = value->arguments()->items;
    if (name.starts_with("torch._utils._rebuild_tensor")) return {name, arguments};
    if (name.starts_with("torch._utils._rebuild_parameter") && !arguments.empty()) {
      value = arguments[0];
    } else if (name == "torch._tensor._rebuild_from_type_v2" && arguments.size() >= 3 &&
               arguments[2]->is(Kind::tuple)) {
      return {arguments[0]->global_name(), arguments[2]->items};
    } else {
      break;
    }
  }
  return {};
}

/// The integers of a tuple or a torch.Size; nothing where it is something else.
std::optional<std::vector<int64_t>> integers(const PickleValue* value) {
  if (value->is(Kind::object) && value->global_name() == "torch.Size" && !value->arguments()->items.empty()) {
    value = value->arguments()->items[0];
  }
  if (!value->is(Kind::tuple) || value->items.size() > max_torch_dimensions) return std::nullopt;
  std::vector<int64_t> result;
  for (const PickleValue* item : value->items) {
    if (!item->is(Kind::integer) || item->integer < 0) return std::nullopt;
    result.push_back(item->integer);
  }
  return result;
}

/// Position behind the last element that the view reaches, relative to its first; nothing beyond 2^63.
std::optional<uint64_t> extent(const std::vector<int64_t>& shape, const std::vector<int64_t>& strides) {
  uint64_t last = 0;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) return 0;
    uint64_t step = 0;
    if (__builtin_mul_overflow(static_cast<uint64_t>(shape[i] - 1), static_cast<uint64_t>(strides[i]), &step) ||
        __builtin_add_overflow(last, step, &last)) {
      return std::nullopt;
    }
  }
  return last + 1;
}

std::optional<Dtype> find_dtype(std::string_view name) {
  const auto* found = std::find_if(std::begin(type_names), std::end(type_names),
                                   [&](const TypeName& type) { return type.name == name; });
  return found == std::end(type_names) ? std::nullopt : std::optional(found->dtype);
}

}  // namespace

bool is_known_torch_callable(std::string_view name) {
  return std::find(std::begin(known_callables), std::end(known_callables), name) != std::end(known_callables);
}

TorchStorageRecord read_storage_record(const PickleValue& persistent, std::string_view file) {
  const auto refuse = [&](std::string_view what) { fail(ErrorKind::corrupt, "{}: a storage {}", file, what); };
  if (!persistent.is(Kind::persistent) || !persistent.items[0]->is(Kind::tuple)) refuse("has no description");
  const std::vector<PickleValue*>& fields = persistent.items[0]->items;
  if (fields.size() < 5 || !fields[0]->is(Kind::text) || fields[0]->text != "storage" || !fields[2]->is(Kind::text) ||
      !fields[4]->is(Kind::integer) || fields[4]->integer < 0) {
    refuse("has a description of another form than (\"storage\", type, key, device, size)");
  }
  const std::string type = fields[1]->global_name();
  const auto* found = std::find_if(std::begin(storage_types), std::end(storage_types),
                                   [&](const StorageType& known) { return known.name == type; });
  if (found == std::end(storage_types)) refuse(format("has the type '{}', which is unknown", type));
  TorchStorageRecord record;
  record.key = fields[2]->text;
  record.dtype = found->dtype;
  const uint64_t width = record.dtype ? element_size(*record.dtype) : 1;
  if (__builtin_mul_overflow(static_cast<uint64_t>(fields[4]->integer), width, &record.bytes)) refuse("is too large");
  if (fields.size() > 5 && fields[5]->is(Kind::tuple)) {
    const std::vector<PickleValue*>& view = fields[5]->items;
    if (view.size() != 3 || !view[1]->is(Kind::integer) || !view[2]->is(Kind::integer) || view[1]->integer < 0 ||
        view[2]->integer < 0 ||
        __builtin_mul_overflow(static_cast<uint64_t>(view[1]->integer), width, &record.offset) ||
        __builtin_mul_overflow(static_cast<uint64_t>(view[2]->integer), width, &record.bytes)) {
      refuse("has a malformed view");
    }
    record.is_view = true;
  }
  return record;
}

bool is_torch_tensor(const PickleValue& value) { return !find_call(&value).name.empty(); }

TorchTensor read_torch_tensor(
    const PickleValue& value, std::string name, std::string_view file,
    const std::function<std::span<const std::byte>(const TorchStorageRecord&)>& find_storage) {
  const RebuildCall call = find_call(&value);
  const auto refuse = [&](std::string_view what) { fail(ErrorKind::corrupt, "{}: '{}': {}", file, name, what); };
  const auto& arguments = call.arguments;
  const bool typed_by_name = call.name.ends_with("_v3");
  if (arguments.size() < (typed_by_name ? 7u : 4u)) refuse(format("it is described by {} values", arguments.size()));
  const TorchStorageRecord record = read_storage_record(*arguments[0], file);
  const std::optional<Dtype> dtype = typed_by_name ? find_dtype(arguments[6]->global_name()) : record.dtype;
  if (!dtype) refuse("its element type is unknown");
  const size_t metadata_at = typed_by_name ? 7 : 6;
  if (arguments.size() > metadata_at && !arguments[metadata_at]->items.empty()) {
    refuse("it is conjugated or negated lazily; save it after .clone()");
  }
  const auto shape = integers(arguments[2]), strides = integers(arguments[3]);
  if (!shape || !strides || shape->size() != strides->size() || !arguments[1]->is(Kind::integer) ||
      arguments[1]->integer < 0) {
    refuse("offset, shape or strides are no tuples of integers ≥ 0 of the same length");
  }
  const std::span<const std::byte> storage = find_storage(record);
  const uint64_t available = storage.size() / element_size(*dtype);
  const auto offset = static_cast<uint64_t>(arguments[1]->integer);
  const std::optional<uint64_t> reach = extent(*shape, *strides);
  if (!reach || offset > available || *reach > available - offset) {
    refuse(format("shape [{}] with strides [{}] at offset {} reaches beyond its storage of {} elements",
                  join_text(*shape, ", "), join_text(*strides, ", "), offset, available));
  }
  TorchTensor tensor{std::move(name), *dtype, *shape, *strides, storage.subspan(offset * element_size(*dtype))};
  return tensor;
}

}  // namespace spinel
