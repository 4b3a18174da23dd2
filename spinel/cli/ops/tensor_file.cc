#include "spinel/cli/ops/tensor_file.h"

#include <ATen/ATen.h>

#include <cstring>
#include <string>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/npy.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/safetensors.h"
#include "spinel/hosts/torch/tensor_view.h"

namespace spinel::cli {
namespace {

/// "file.npz:key" in its parts; the key is empty where none is given.
struct Reference {
  std::string file, key;
  bool matches = false;
};

Reference split(std::string_view text, std::string_view ending) {
  if (text.ends_with(ending)) return {std::string(text), "", true};
  const size_t at = text.find(std::string(ending) + ":");
  if (at == std::string_view::npos) return {};
  const size_t end = at + ending.size();
  return {std::string(text.substr(0, end)), std::string(text.substr(end + 1)), true};
}

std::string only_key(const Reference& reference, const std::vector<std::string>& names) {
  if (!reference.key.empty()) return reference.key;
  require(names.size() == 1, "{}: it holds {} tensors; name one, as in {}:KEY", reference.file, names.size(),
          reference.file);
  return names.front();
}

at::ScalarType dtype_of(const NpyArray& array, const std::string& name) {
  switch (array.kind) {
    case 'b': return at::kBool;
    case 'f': return array.size == 8 ? at::kDouble : array.size == 4 ? at::kFloat : at::kHalf;
    case 'i':
      return array.size == 8 ? at::kLong : array.size == 4 ? at::kInt : array.size == 2 ? at::kShort : at::kChar;
    case 'u':
      return array.size == 8 ? at::kUInt64 : array.size == 4 ? at::kUInt32 : array.size == 2 ? at::kUInt16 : at::kByte;
    default: fail(ErrorKind::invalid_argument, "{}: its elements are texts; a tensor holds numbers", name);
  }
}

at::Tensor to_tensor(const NpyArray& array, const std::string& name) {
  at::Tensor tensor = at::empty(array.shape, dtype_of(array, name));
  require(tensor.nbytes() == array.bytes.size(), "{}: elements of {} bytes of kind '{}' have no tensor type", name,
          array.size, array.kind);
  if (!array.bytes.empty()) std::memcpy(tensor.data_ptr(), array.bytes.data(), array.bytes.size());
  return tensor;
}

}  // namespace

bool names_tensor_file(std::string_view text) {
  return split(text, ".safetensors").matches || split(text, ".npz").matches || text.ends_with(".npy");
}

at::Tensor read_tensor_file(std::string_view text) {
  if (const Reference safetensors = split(text, ".safetensors"); safetensors.matches) {
    const SafetensorsFile file = SafetensorsFile::open(safetensors.file, true);
    return spinel::to_tensor(file.tensor(only_key(safetensors, file.names())), file.owner()).clone();
  }
  if (const Reference npz = split(text, ".npz"); npz.matches) {
    NpzFile file = NpzFile::open(npz.file);
    const at::Tensor tensor = to_tensor(file.array(only_key(npz, file.names())), std::string(text));
    file.check_intact();
    return tensor;
  }
  const std::string path(text), content = read_file(path);
  return to_tensor(parse_npy(std::as_bytes(std::span(content)), path), path);
}

}  // namespace spinel::cli
