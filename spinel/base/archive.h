// Reads archives (tar, also compressed, and zip) entry by entry in one pass; nothing is written to disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace spinel {

/// What an archive may ask for before it is taken for a bomb.
struct ArchiveLimits {
  int64_t max_entries = 2'000'000;        ///< of all kinds
  uint64_t expansion_floor = 1ull << 30;  ///< bytes that any archive may expand to
  uint64_t expansion_ratio = 100;         ///< beyond that: bytes for each byte of the archive
  uint64_t max_name = 4096;               ///< bytes of an entry's name
};

/// The regular files of a tar archive (ustar, pax, GNU; plain or compressed by gzip or bzip2) or of a zip archive
/// (stored and deflated), in their order. Folders, links (hard ones too), devices and pipes, and files whose names are
/// absolute or lead out by `..`, are skipped; modes and owners are not looked at.
///
/// Errors, naming the file and where known the entry: corrupt for an archive that is cut, damaged (checksums are
/// compared, in a zip archive those of the files that are read) or none at all; invalid_argument for one beyond its
/// limits, a name that is there twice, or an encrypted entry; unavailable where this build has no libarchive.
class ArchiveReader {
 public:
  explicit ArchiveReader(const std::string& path, const ArchiveLimits& limits = {});
  /// Reads `bytes`, which must stay alive; `name` is the file's name in messages.
  ArchiveReader(std::span<const std::byte> bytes, std::string name, const ArchiveLimits& limits = {});
  ~ArchiveReader();
  ArchiveReader(ArchiveReader&&) noexcept;
  ArchiveReader& operator=(ArchiveReader&&) noexcept;

  /// Goes to the next file; false at the end of an archive that was intact to its last byte.
  bool next();
  /// Name of the current file as the archive has it, with '/' between folders, in valid UTF-8.
  const std::string& entry() const;
  /// The next bytes of the current file; fewer than asked for only at its end.
  size_t read(std::span<std::byte> buffer);
  /// What is left of the current file; more than `max_size` bytes: invalid_argument.
  std::string read_text(uint64_t max_size);

  int64_t skipped() const;          ///< entries passed over so far, folders not counted
  uint64_t archive_size() const;    ///< bytes
  uint64_t archive_offset() const;  ///< bytes of the archive consumed so far, for a progress bar

  /// True for a path that ends like an archive that is read here: ".tar", ".tar.gz", ".tgz", ".zip", ….
  static bool has_ending(std::string_view path);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spinel
