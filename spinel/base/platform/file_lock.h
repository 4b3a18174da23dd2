// A lock by which one process at a time writes into a folder.
#pragma once

#include <optional>
#include <string>

#include "spinel/base/platform/file.h"

namespace spinel {

/// Held as long as the object lives, and at the latest until the process ends, however it ends. The file holds who has
/// it: "process 4711 on host node7". A second holder, also in this process, gets unavailable naming the first one.
class FileLock {
 public:
  /// Creates the lock file `path` ("runs/a/.lock"), whose folder must exist.
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::string path_;
  std::optional<File> file_;
};

}  // namespace spinel
