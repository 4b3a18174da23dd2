// Safetensors checkpoints in several files with an index, as Hugging Face's hub holds them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/base/safetensors.h"

namespace spinel {

/// The tensors of a checkpoint wherever they lie: in one file, or in the shards that `<name>.safetensors.index.json`
/// names: {"metadata": {…}, "weight_map": {tensor: file}}.
///
/// A shard must lie in the folder of the index, also after links are followed; only the hub's cache may link from
/// `<root>/snapshots/<revision>/` to `<root>/blobs/`. A name that is absolute or has `..` in it, a link out of the
/// folder: invalid_argument, and no such file is opened. A shard that is missing: not_found. An index that is no such
/// JSON, a tensor that its shard does not hold: corrupt. Tensors of a shard that the index does not name are not seen.
class ShardedSafetensors {
 public:
  /// `path`: an index, a single .safetensors file, or a folder with model.safetensors.index.json or model.safetensors.
  static ShardedSafetensors open(const std::string& path);
  /// Whether open() would take `path` for an index, or for a folder that has one.
  static bool is_index(const std::string& path);

  const std::string& name() const { return name_; }
  /// In the order of the index; of a single file in the order of its data.
  const std::vector<std::string>& names() const { return names_; }
  /// Of the index, or of the single file.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  size_t num_shards() const { return shards_.size(); }
  /// Unknown name: not_found with the nearest one. The view is valid while this object (or a copy of it) lives.
  const TensorView& tensor(std::string_view name) const;
  /// Keeps the tensor's bytes alive.
  std::shared_ptr<const void> owner(std::string_view name) const;
  /// Throws corrupt, naming the shard, if one was cut while it was mapped. To be called after the last read.
  void check_intact() const;

 private:
  const SafetensorsFile& shard_of(std::string_view name) const;
  std::string name_;
  std::vector<std::string> names_;
  std::map<std::string, std::string> metadata_;
  std::vector<SafetensorsFile> shards_;
  std::map<std::string, size_t, std::less<>> place_;  ///< tensor → shard
};

/// Writes all tensors into one file.
void write_safetensors(const std::string& path, const ShardedSafetensors& tensors);

}  // namespace spinel
