// Operators that make tensors, copy them and change what they are made of.
#include <cstring>
#include <fstream>

#include "compat/aten/operators.h"
#include "spinel/base/error.h"

namespace spinel::aten {
namespace {

using registry::MemoryFormat;
using registry::Scalar;
using registry::ScalarType;
using registry::Stack;
using registry::Tensor;
using registry::TensorKind;

/// As in PyTorch the value decides where no element type is given.
TensorKind kind_for(TensorKind kind, const Scalar& value) {
  if (kind.dtype) return kind;
  kind.dtype = value.is_boolean()    ? ScalarType::boolean
               : value.is_integral() ? ScalarType::int64
               : value.is_complex()  ? ScalarType::complex64
                                     : ScalarType::float32;
  return kind;
}

Tensor fill(Tensor tensor, const Scalar& value) {
  tensor_methods(tensor).fill(tensor, value);
  return tensor;
}

Tensor convert(const Tensor& tensor, const TensorKind& kind, bool copy, MemoryFormat format) {
  Tensor made = registry::to(tensor, kind, copy);
  return format == MemoryFormat::preserve ? made : registry::contiguous(made, format);
}

/// The first `count` elements of a file.
Tensor from_file(const std::string& path, int64_t count, const TensorKind& kind) {
  Tensor made = registry::empty({count}, kind);
  const auto bytes =
      static_cast<std::streamsize>(count) * static_cast<std::streamsize>(registry::element_size(made.scalar_type()));
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) fail(ErrorKind::not_found, "{}: it cannot be opened: {}", path, std::strerror(errno));
  require(file.tellg() >= bytes, "{}: it has {} bytes; {} are wanted", path, static_cast<int64_t>(file.tellg()), bytes);
  file.seekg(0);
  file.read(static_cast<char*>(made.data()), bytes);
  if (!file) fail(ErrorKind::unavailable, "{}: reading fails: {}", path, std::strerror(errno));
  return made;
}

constexpr Operator operators[] = {
    {"empty.memory_format(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
     "bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
     [](const Arguments& a) -> Stack {
       return {registry::empty(a.integers(0), a.kind(1), a.format(5, MemoryFormat::contiguous))};
     }},
    {"empty_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
     "bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
     [](const Arguments& a) -> Stack {
       return {registry::empty_like(a.tensor(0), a.kind(1), a.format(5, MemoryFormat::preserve))};
     }},
    {"new_empty(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
     "bool? pin_memory=None) -> Tensor",
     [](const Arguments& a) -> Stack { return {registry::new_empty(a.tensor(0), a.integers(1), a.kind(2))}; }},
    {"new_zeros(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
     "bool? pin_memory=None) -> Tensor",
     [](const Arguments& a) -> Stack { return {registry::new_full(a.tensor(0), a.integers(1), 0, a.kind(2))}; }},
    {"zeros(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
     "bool? pin_memory=None) -> Tensor",
     [](const Arguments& a) -> Stack { return {registry::full(a.integers(0), 0, a.kind(1))}; }},
    {"full(SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
     "bool? pin_memory=None) -> Tensor",
     [](const Arguments& a) -> Stack {
       return {registry::full(a.integers(0), a.number(1), kind_for(a.kind(2), a.number(1)))};
     }},
    {"from_file(str filename, bool? shared=None, int? size=0, *, ScalarType? dtype=None, Layout? layout=None, "
     "Device? device=None, bool? pin_memory=None) -> Tensor",
     [](const Arguments& a) -> Stack {
       if (a.flag(1)) fail(ErrorKind::unavailable, "from_file: shared memory of a file is wanted; the layer reads it");
       return {from_file(a.text(0), a.maybe_integer(2).value_or(0), a.kind(3))};
     }},
    {"clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor",
     [](const Arguments& a) -> Stack { return {registry::clone(a.tensor(0), a.format(1, MemoryFormat::preserve))}; }},
    {"contiguous(Tensor(a) self, *, MemoryFormat memory_format=0) -> Tensor(a)",
     [](const Arguments& a) -> Stack {
       return {registry::contiguous(a.tensor(0), a.format(1, MemoryFormat::contiguous))};
     }},
    {"copy_(Tensor(a!) self, Tensor src, bool non_blocking=False) -> Tensor(a!)",
     [](const Arguments& a) -> Stack {
       registry::copy(a.tensor(1), a.tensor(0));
       return {a.tensor(0)};
     }},
    {"zero_(Tensor(a!) self) -> Tensor(a!)", [](const Arguments& a) -> Stack { return {fill(a.tensor(0), 0)}; }},
    {"fill_.Scalar(Tensor(a!) self, Scalar value) -> Tensor(a!)",
     [](const Arguments& a) -> Stack { return {fill(a.tensor(0), a.number(1))}; }},
    {"to.dtype_layout(Tensor(a) self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
     "bool? pin_memory=None, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
     [](const Arguments& a) -> Stack {
       return {convert(a.tensor(0), a.kind(1), a.flag(6), a.format(7, MemoryFormat::preserve))};
     }},
    {"to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, bool copy=False, "
     "MemoryFormat? memory_format=None) -> Tensor(a)",
     [](const Arguments& a) -> Stack {
       const TensorKind kind{.dtype = static_cast<ScalarType>(a.integer(1))};
       return {convert(a.tensor(0), kind, a.flag(3), a.format(4, MemoryFormat::preserve))};
     }},
};

}  // namespace

std::span<const Operator> factories() { return operators; }

}  // namespace spinel::aten
