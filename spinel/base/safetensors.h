// Reads (memory-mapped) and writes (atomically) safetensors files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spinel {

/// Element types of the safetensors format that we read and write.
enum class Dtype { boolean, u8, i8, u16, i16, u32, i32, u64, i64, f16, bf16, f32, f64, f8_e4m3, f8_e5m2 };
/// "F32", "I64", … as in the format.
std::string_view to_string(Dtype dtype);
size_t element_size(Dtype dtype);

/// A tensor's bytes with their description; does not own the bytes. Row-major, contiguous, little-endian.
struct TensorView {
  Dtype dtype = Dtype::f32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
  int64_t num_elements() const;
};

class MemoryMap;

/// An open safetensors file. Every rule of the format is checked before anything is allocated by a size field; a file
/// that breaks one is `corrupt` with the file's name, the tensor and the values.
class SafetensorsFile {
 public:
  /// Maps the file. With `copy` the content is read into memory instead: for files that may change while open.
  /// A pickle or PyTorch zip is refused as invalid_argument with the advice to convert it.
  static SafetensorsFile open(const std::string& path, bool copy = false);
  /// Parses bytes that stay alive as long as the object; `name` is used in messages.
  static SafetensorsFile parse(std::span<const std::byte> bytes, std::string name);

  const std::string& name() const { return name_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// Names in the order of their data.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(std::string_view name) const;
  /// Unknown name: not_found with the nearest one. The view is valid while this object (or a copy of it) lives.
  const TensorView& tensor(std::string_view name) const;
  /// Throws corrupt if the file was cut while it was mapped and bytes read here were lost. To be called after the last
  /// read of data that matters; free of cost.
  void check_intact() const;
  /// Keeps the mapping alive; for owners of views.
  std::shared_ptr<const void> owner() const { return owner_; }

 private:
  std::string name_;
  std::map<std::string, std::string> metadata_;
  std::vector<std::string> names_;
  std::map<std::string, TensorView, std::less<>> tensors_;
  std::shared_ptr<const void> owner_;
  std::shared_ptr<const MemoryMap> map_;  ///< null if the bytes are in memory
};

/// A tensor to be written.
struct NamedTensorView {
  std::string name;
  TensorView tensor;
};

/// Writes all or nothing: a temporary file beside `path`, fsync, rename, fsync of the folder. Tensors are laid out by
/// descending element size, then name, so that each is aligned for its type.
/// invalid_argument: a name twice, the name "__metadata__", text that is not UTF-8, bytes that do not fit the shape.
void write_safetensors(const std::string& path, const std::vector<NamedTensorView>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace spinel
