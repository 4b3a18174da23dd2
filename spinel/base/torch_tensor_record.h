// How PyTorch's pickles describe tensors: which calls they may hold, and what the calls for tensors mean.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "spinel/base/pickle.h"
#include "spinel/base/torch_file.h"

namespace spinel {

/// Whether a checkpoint's pickle may ask to call this: containers, plain values, and the functions that put tensors
/// together.
bool is_known_torch_callable(std::string_view name);

/// What a persistent reference says of a storage.
struct TorchStorageRecord {
  std::string key;
  std::optional<Dtype> dtype;  ///< none: untyped bytes
  uint64_t bytes = 0;
  /// For views of older files: the part of the storage `key`, in bytes.
  uint64_t offset = 0;
  bool is_view = false;
};

/// Reads a persistent reference; malformed: corrupt, `file` begins the message.
TorchStorageRecord read_storage_record(const PickleValue& persistent, std::string_view file);

/// Whether the value is a tensor or a parameter.
bool is_torch_tensor(const PickleValue& value);

/// The tensor that the value describes, checked against its storage, whose bytes `find_storage` gives.
TorchTensor read_torch_tensor(const PickleValue& value, std::string name, std::string_view file,
                              const std::function<std::span<const std::byte>(const TorchStorageRecord&)>& find_storage);

}  // namespace spinel
