// Writes NumPy's .npz archives: arrays as stored entries of a zip archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spinel {

/// One array of an archive, in row-major order; does not own the bytes.
struct NpzEntry {
  std::string name;   ///< key, without ".npy"
  std::string descr;  ///< NumPy's type: "<f8", "|S3", …
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
};

/// The bytes of an .npy file.
std::string npy_text(const NpzEntry& entry);

/// Replaces `path` by an archive of the arrays, all or nothing. Not compressed; sizes beyond 4 GiB as zip64. What the
/// system refuses: unavailable.
void write_npz(const std::string& path, const std::vector<NpzEntry>& entries);

}  // namespace spinel
