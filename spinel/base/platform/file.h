// Files: reading, writing, replacing atomically, listing folders; every failure is an Error that names the path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spinel {

/// An open file. Paths are UTF-8. Short and interrupted reads and writes are completed inside. Errors: not_found for a
/// missing file or folder, invalid_argument for a path that cannot name a file, unavailable for everything the system
/// refuses, with the path and the system's text.
class File {
 public:
  enum class Mode {
    read,
    write,       ///< created if absent, emptied if present
    create_new,  ///< must not exist yet
    append,      ///< created if absent; writes go to the end
    update,      ///< must exist; read and written in place
  };
  static File open(const std::string& path, Mode mode = Mode::read);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();  ///< closes without a report; writers call close()

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  uint64_t size() const;
  /// Fills the buffer from the current position; less only at the end of the file.
  size_t read(std::span<std::byte> buffer);
  /// Fills the buffer from `offset`, without moving the position; less only at the end of the file.
  size_t read_at(uint64_t offset, std::span<std::byte> buffer) const;
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Returns when the content is on the device. A failure is final: the content counts as not written.
  void sync();
  void truncate(uint64_t size);
  void close();

 private:
  File(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  std::string path_;
  int descriptor_ = -1;
};

/// What a path names.
struct FileStatus {
  enum class Kind { absent, file, folder, other };
  Kind kind = Kind::absent;
  uint64_t size = 0;        ///< bytes, of a file
  int64_t modified_ns = 0;  ///< since 1970-01-01 UTC
};
/// Follows links. An absent path is no error.
FileStatus file_status(const std::string& path);
bool file_exists(const std::string& path);
bool folder_exists(const std::string& path);

/// The whole content of a regular file of at most `max_size` bytes; a folder, a pipe, a larger one: invalid_argument.
std::string read_file(const std::string& path, uint64_t max_size = uint64_t{1} << 40);

/// Replaces `path` by what `writer` writes, all or nothing: a temporary file in the same folder, fsync, rename, fsync
/// of the folder. Where anything fails, also in `writer`, the old file stays as it was and the temporary one is
/// removed. One that a killed process left behind is removed by the next call for the same path.
void write_file_atomic(const std::string& path, const std::function<void(File&)>& writer);
void write_file_atomic(const std::string& path, std::string_view content);

/// Names (not paths) of the entries of a folder, sorted by bytes, without "." and "..".
std::vector<std::string> list_folder(const std::string& path);
/// Creates the folder and those above it; an existing folder is fine.
void make_folders(const std::string& path);
/// Removes a file or an empty folder; an absent one is no error.
void remove_file(const std::string& path);
/// Removes a folder and all in it, without following links; an absent one is no error.
void remove_tree(const std::string& path);
/// Renames over an existing file.
void rename_file(const std::string& from, const std::string& to);
/// Brings the entries of a folder (creations, renames) to the device.
void sync_folder(const std::string& path);

/// "a/b/c.txt" → "a/b"; "c.txt" → ".".
std::string folder_of(const std::string& path);
/// "a/b/c.txt" → "c.txt".
std::string file_name_of(const std::string& path);
/// Joined with one '/', unless `name` is absolute.
std::string join_path(const std::string& folder, const std::string& name);
/// Absolute, without links, "." and ".."; of a path that need not exist.
std::string absolute_path(const std::string& path);

/// A fresh folder below the system's temporary folder (TMPDIR), removed with all in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  /// The path of a file in it.
  std::string file(const std::string& name) const { return join_path(path_, name); }

 private:
  std::string path_;
};

}  // namespace spinel
