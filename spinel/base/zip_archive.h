// Reads zip archives: the directory is checked whole before any entry is read.
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

/// A zip archive in memory (APPNOTE 6.3: stored and deflated entries, zip64). A directory that does not fit the bytes,
/// a name twice, an encrypted entry, another compression, a wrong checksum: corrupt, naming the file and the entry.
class ZipArchive {
 public:
  /// `bytes` must live as long as the archive; `file` is used in messages. Inflated entries together may have 64 MiB or
  /// four times the size of the archive, whichever is more.
  ZipArchive(std::span<const std::byte> bytes, std::string file);

  const std::vector<std::string>& names() const { return names_; }
  bool contains(std::string_view name) const { return entries_.find(name) != entries_.end(); }
  uint64_t size(std::string_view name) const { return entry(name).size; }
  /// The content: a view of the archive where it is stored as it is, else inflated once and kept. The checksum is
  /// compared at the first reading. Unknown name: corrupt.
  std::span<const std::byte> read(std::string_view name);

 private:
  struct Entry {
    uint64_t offset = 0;  ///< of the local header
    uint64_t packed_size = 0, size = 0;
    uint32_t checksum = 0;
    uint16_t method = 0;
    bool checked = false;
    std::unique_ptr<std::byte[]> inflated;
  };
  void read_directory();
  const Entry& entry(std::string_view name) const;
  std::span<const std::byte> packed_bytes(std::string_view name, const Entry& entry) const;
  void inflate_entry(std::string_view name, Entry& entry, std::span<const std::byte> packed);

  std::span<const std::byte> bytes_;
  std::string file_;
  std::vector<std::string> names_;
  std::map<std::string, Entry, std::less<>> entries_;
  uint64_t inflatable_;
};

}  // namespace spinel
