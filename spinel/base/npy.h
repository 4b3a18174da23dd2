// Reads NumPy's arrays: .npy content, and .npz archives of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/base/zip_archive.h"

namespace spinel {

class MemoryMap;

/// An array of numbers in row-major order, little-endian; does not own the bytes.
struct NpyArray {
  char kind = 'f';  ///< 'f' real, 'i' signed, 'u' unsigned, 'b' boolean, 'S' or 'U' text
  int size = 8;     ///< bytes of an element (characters of 4 bytes each for 'U')
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
  int64_t num_elements() const;
  /// Element `index` as a number; of kinds f (4 or 8 bytes), i, u (up to 8) and b.
  double real(int64_t index) const;
  bool is_number() const;
};

/// Parses .npy content of format 1.0 to 3.0 (NumPy's NEP 1). Every rule is checked against the bytes that are there:
/// corrupt, `name` begins the message. Python objects (pickles) are never read: invalid_argument; so are arrays in
/// column-major order, big-endian and structured ones, which the files that we read do not have.
NpyArray parse_npy(std::span<const std::byte> bytes, std::string_view name);

/// A .npz file: a zip archive of `<key>.npy`.
class NpzFile {
 public:
  /// `name` is what messages call the file; empty: its path.
  static NpzFile open(const std::string& path, const std::string& name = "");
  NpzFile(NpzFile&&) noexcept = default;

  /// Keys without ".npy", in the order of the archive.
  std::vector<std::string> names() const;
  bool contains(std::string_view key) const;
  /// Unknown key: not_found with the nearest one. Valid while the object lives.
  NpyArray array(std::string_view key);
  /// Throws corrupt if the file was cut while it was read.
  void check_intact() const;

 private:
  NpzFile(std::shared_ptr<const MemoryMap> map, const std::string& path);
  std::string path_;
  std::shared_ptr<const MemoryMap> map_;
  ZipArchive archive_;
};

}  // namespace spinel
