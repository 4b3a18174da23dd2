// Reads PyTorch checkpoints (.pt, .pth, .ckpt) without executing anything of what their pickle asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "spinel/base/safetensors.h"

namespace spinel {

/// A tensor of a checkpoint: a strided view into a storage that others may share.
struct TorchTensor {
  std::string name;
  Dtype dtype = Dtype::f32;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;        ///< elements, ≥ 0; checked against the storage
  std::span<const std::byte> storage;  ///< from the tensor's first element on
  bool is_contiguous() const;
  /// The elements in row-major order.
  std::vector<std::byte> contiguous() const;
};

/// A checkpoint: the state dict in it, and its plain values.
/// Read are zip checkpoints (PyTorch ≥ 1.6) and the older format of pickles in a row; of state dicts, of dicts that
/// hold one ("state_dict", "model_state_dict", "model": Lightning and others), and of whole modules, whose parameters,
/// persistent buffers and submodules give the same names as state_dict(). Classes other than containers and tensors are
/// taken as records of their attributes.
/// Errors: corrupt for what is malformed, and for a call of anything outside an allow-list, named in the message.
class TorchFile {
 public:
  static TorchFile open(const std::string& path);
  /// `bytes` must live as long as the object.
  static TorchFile parse(std::span<const std::byte> bytes, std::string name);

  /// In the order of the state dict. Storages are shared between tensors as in the file.
  const std::vector<TorchTensor>& tensors() const { return tensors_; }
  /// Null if absent.
  const TorchTensor* find(std::string_view name) const;
  /// Numbers, booleans and texts by dotted path ("epoch", "hyper_parameters.lr"), without those inside the state dict.
  const std::map<std::string, std::string>& values() const { return values_; }

 private:
  std::string name_;
  std::vector<TorchTensor> tensors_;
  std::map<std::string, std::string> values_;
  std::vector<std::shared_ptr<const void>> owners_;  ///< what the storages point into
};

/// Writes the tensors as a safetensors file, each with memory of its own, and `metadata`.
void write_safetensors(const std::string& path, const TorchFile& checkpoint,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace spinel
