// Read-only memory maps of files that survive the file being cut while it is mapped.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace spinel {

/// A file's content as memory. Where the file is cut short meanwhile, the lost pages read as zeros instead of ending
/// the process by SIGBUS, and intact() tells so.
class MemoryMap {
 public:
  /// Maps a regular file; an empty one has no bytes. Errors as File's.
  static std::shared_ptr<const MemoryMap> open(const std::string& path);
  ~MemoryMap();
  MemoryMap(const MemoryMap&) = delete;
  MemoryMap& operator=(const MemoryMap&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::string& path() const { return path_; }
  /// False once a page was read that the file no longer has.
  bool intact() const { return !lost_.load(); }

 private:
  MemoryMap() = default;
  std::string path_;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
  bool guarded_ = false;
  std::unique_ptr<std::byte[]> content_;  ///< instead of a mapping, when all guards are taken
  std::atomic<bool> lost_{false};
};

}  // namespace spinel
