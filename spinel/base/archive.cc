// The one source that knows libarchive.
#include "spinel/base/archive.h"

#include "spinel/base/error.h"
#include "spinel/base/platform/memory_map.h"

#ifdef SPINEL_HAVE_ARCHIVE
#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <optional>
#include <unordered_set>
#include <vector>

#include "spinel/base/gzip.h"
#include "spinel/base/utf8.h"
#endif

namespace spinel {

bool ArchiveReader::has_ending(std::string_view path) {
  for (const std::string_view ending : {".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".zip"}) {
    if (path.ends_with(ending)) return true;
  }
  return false;
}

#ifdef SPINEL_HAVE_ARCHIVE
namespace {

constexpr size_t chunk = size_t{1} << 18;
/// A tar archive ends in two blocks of zeros (POSIX.1-2017, pax, "ustar Interchange Format").
constexpr size_t end_mark = 1024;

struct Close {
  void operator()(::archive* handle) const { archive_read_free(handle); }
};
using Handle = std::unique_ptr<::archive, Close>;

Handle make_handle(const std::string& file) {
  Handle handle(archive_read_new());
  if (!handle) fail(ErrorKind::unavailable, "{}: no memory for libarchive", file);
  return handle;
}

std::string reason_of(::archive* handle) {
  const char* const text = archive_error_string(handle);
  return text ? to_valid_utf8(text) : "no details";
}

bool starts_with(std::span<const std::byte> bytes, std::string_view signature) {
  return bytes.size() >= signature.size() && std::memcmp(bytes.data(), signature.data(), signature.size()) == 0;
}

/// The bytes of a tar archive out of what it is compressed by. All of them pass here, also those that libarchive skips
/// and those behind the last entry, so here they are counted, and every checksum is reached.
class TarBytes {
 public:
  TarBytes(std::span<const std::byte> bytes, const std::string& file, uint64_t limit)
      : bytes_(bytes), file_(file), limit_(limit) {
    if (GzipReader::has_signature(bytes)) {
      buffer_.resize(chunk);
      gzip_.emplace(file, [this] { return piece(); });
    } else if (starts_with(bytes, "BZh")) {
      buffer_.resize(chunk);
      bzip2_ = make_handle(file);
      archive_read_support_format_raw(bzip2_.get());
      ::archive_entry* entry = nullptr;
      // Anything but OK: this libarchive would start a program to decompress.
      if (archive_read_support_filter_bzip2(bzip2_.get()) != ARCHIVE_OK) {
        fail(ErrorKind::unavailable, "{}: this libarchive cannot read bzip2", file);
      }
      if (archive_read_open_memory(bzip2_.get(), bytes.data(), bytes.size()) != ARCHIVE_OK ||
          archive_read_next_header(bzip2_.get(), &entry) != ARCHIVE_OK) {
        refuse_bzip2();
      }
    }
  }

  std::span<const std::byte> next() {
    const std::span<const std::byte> got = gzip_ ? inflated() : bzip2_ ? decompressed() : piece();
    total_ += got.size();
    if ((gzip_ || bzip2_) && total_ > limit_) {
      fail(ErrorKind::invalid_argument, "{}: its {} bytes expand to more than {}, the limit", file_, bytes_.size(),
           limit_);
    }
    const size_t kept = std::min(got.size(), end_mark);
    std::memmove(tail_.data(), tail_.data() + kept, end_mark - kept);
    if (kept) std::memcpy(tail_.data() + end_mark - kept, got.data() + got.size() - kept, kept);
    return got;
  }

  /// Reads on to the last byte.
  void finish() {
    while (!next().empty()) continue;
    if (total_ < end_mark || std::any_of(tail_.begin(), tail_.end(), [](std::byte b) { return b != std::byte{0}; })) {
      fail(ErrorKind::corrupt, "{}: the tar archive has no end mark; it is cut", file_);
    }
  }

  uint64_t offset() const {
    return bzip2_ ? static_cast<uint64_t>(std::max<int64_t>(0, archive_filter_bytes(bzip2_.get(), -1))) : taken_;
  }

 private:
  [[noreturn]] void refuse_bzip2() const {
    fail(ErrorKind::corrupt, "{}: the bzip2 data is broken ({})", file_, reason_of(bzip2_.get()));
  }
  std::span<const std::byte> piece() {
    const auto got = bytes_.subspan(taken_, std::min(chunk, bytes_.size() - taken_));
    taken_ += got.size();
    return got;
  }
  std::span<const std::byte> inflated() { return {buffer_.data(), gzip_->read(buffer_)}; }
  std::span<const std::byte> decompressed() {
    const la_ssize_t got = archive_read_data(bzip2_.get(), buffer_.data(), buffer_.size());
    if (got < 0) refuse_bzip2();
    return {buffer_.data(), static_cast<size_t>(got)};
  }

  std::span<const std::byte> bytes_;
  const std::string& file_;
  uint64_t limit_, total_ = 0, taken_ = 0;
  std::optional<GzipReader> gzip_;
  Handle bzip2_;
  std::vector<std::byte> buffer_;
  std::array<std::byte, end_mark> tail_{};
};

/// Absolute, of another drive, or with a part "..".
bool leads_out(std::string_view name) {
  const auto is_separator = [](char c) { return c == '/' || c == '\\'; };
  if (name.empty() || is_separator(name[0]) || (name.size() > 1 && name[1] == ':')) return true;
  for (size_t begin = 0; begin <= name.size();) {
    size_t end = begin;
    while (end < name.size() && !is_separator(name[end])) ++end;
    if (name.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

struct ArchiveReader::State {
  State(std::span<const std::byte> content, std::string name, const ArchiveLimits& given)
      : bytes(content), file(std::move(name)), limits(given) {
    limit = limits.expansion_floor;
    if (bytes.size() > limit / limits.expansion_ratio) limit = limits.expansion_ratio * bytes.size();
    handle = make_handle(file);
    int status;
    // The directory of a zip archive stands at its end, so it is read in place; a tar archive as it comes.
    if (starts_with(bytes, "PK\x03\x04") || starts_with(bytes, "PK\x05\x06")) {
      archive_read_support_format_zip_seekable(handle.get());
      status = archive_read_open_memory(handle.get(), bytes.data(), bytes.size());
    } else {
      tar.emplace(bytes, file, limit);
      archive_read_support_format_tar(handle.get());
      status = archive_read_open(handle.get(), this, nullptr, &State::feed, nullptr);
    }
    if (status != ARCHIVE_OK) refuse();
  }

  /// libarchive is C and must not be unwound through.
  static la_ssize_t feed(::archive* handle, void* self, const void** data) {
    auto& state = *static_cast<State*>(self);
    try {
      const auto got = state.tar->next();
      *data = got.data();
      return static_cast<la_ssize_t>(got.size());
    } catch (...) {
      state.failure = std::current_exception();
      archive_set_error(handle, EIO, "the data could not be read");
      return ARCHIVE_FATAL;
    }
  }

  /// "archive.tar" or "archive.tar: entry".
  std::string where() const { return entry.empty() ? file : file + ": " + entry; }
  void rethrow() {
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
  }
  [[noreturn]] void refuse() {
    rethrow();
    if (count == 0) {
      fail(ErrorKind::corrupt, "{}: it is no archive that can be read ({}); tar, tar.gz, tar.bz2 and zip are known",
           file, reason_of(handle.get()));
    }
    fail(ErrorKind::corrupt, "{}: the archive is damaged or cut {} ({})", where(),
         in_entry ? "in this file" : "behind this file", reason_of(handle.get()));
  }

  /// True for a file that is handed out; else it is one that is passed over.
  bool take(::archive_entry* header) {
    const char* name = archive_entry_pathname_utf8(header);
    if (!name) name = archive_entry_pathname(header);
    if (!name) name = "";
    const size_t length = std::strlen(name);
    require(length <= limits.max_name, "{}: entry {} has a name of {} bytes; the limit is {}", file, count, length,
            limits.max_name);
    if (archive_entry_filetype(header) != AE_IFREG || archive_entry_hardlink_utf8(header) ||
        archive_entry_hardlink(header) || leads_out(name))
      return false;
    entry = to_valid_utf8(name);
    require(!archive_entry_is_encrypted(header), "{}: it is encrypted; only plain archives are read", where());
    if (!tar) {
      const std::string_view format = archive_format_name(handle.get());
      require(format.find("uncompressed") != format.npos || format.find("deflation") != format.npos,
              "{}: it is packed as {}; stored and deflated files are read", where(), format);
    }
    // Hashes instead of names: memory stays small however long these are.
    require(names.insert(std::hash<std::string_view>()(name)).second, "{}: it is there twice", where());
    return true;
  }

  bool next() {
    in_entry = false;
    ::archive_entry* header = nullptr;
    while (!ended) {
      const int status = archive_read_next_header(handle.get(), &header);
      rethrow();
      if (status == ARCHIVE_EOF) {
        ended = true;
        if (tar) tar->finish();
        break;
      }
      // Most warnings are about attributes or names in the system's encoding, of which neither is used.
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN) refuse();
      require(++count <= limits.max_entries, "{}: it has more than {} entries, the limit", file, limits.max_entries);
      // Also a warning: where a zip archive's directory and the header before a file differ in size or checksum.
      if (const std::string reason = reason_of(handle.get());
          status == ARCHIVE_WARN && reason.starts_with("Inconsistent")) {
        fail(ErrorKind::corrupt, "{}: the archive contradicts itself about entry {} ({})", file, count, reason);
      }
      if (take(header)) return in_entry = true;
      skipped += archive_entry_filetype(header) != AE_IFDIR;
    }
    entry.clear();
    return false;
  }

  size_t read(std::span<std::byte> buffer) {
    size_t made = 0;
    while (in_entry && made < buffer.size()) {
      const size_t wanted = std::min(buffer.size() - made, chunk);
      const la_ssize_t got = archive_read_data(handle.get(), buffer.data() + made, wanted);
      // Also a warning: of zip it says that size or checksum are wrong.
      if (got < 0) refuse();
      if (got == 0) break;
      made += static_cast<size_t>(got);
      // Holes of sparse files take no bytes in the archive, so what is handed out is counted too.
      produced += static_cast<uint64_t>(got);
      require(produced <= limit, "{}: the archive's {} bytes expand to more than {}, the limit", where(), bytes.size(),
              limit);
    }
    return made;
  }

  std::shared_ptr<const MemoryMap> map;
  std::span<const std::byte> bytes;
  std::string file, entry;
  ArchiveLimits limits;
  uint64_t limit = 0, produced = 0;
  std::optional<TarBytes> tar;
  Handle handle;
  std::exception_ptr failure;  ///< of feed()
  std::unordered_set<size_t> names;
  int64_t count = 0, skipped = 0;
  bool in_entry = false, ended = false;
};

ArchiveReader::ArchiveReader(const std::string& path, const ArchiveLimits& limits) {
  auto map = MemoryMap::open(path);
  state_ = std::make_unique<State>(map->bytes(), path, limits);
  state_->map = std::move(map);
}
ArchiveReader::ArchiveReader(std::span<const std::byte> bytes, std::string name, const ArchiveLimits& limits)
    : state_(std::make_unique<State>(bytes, std::move(name), limits)) {}

bool ArchiveReader::next() {
  const bool found = state_->next();
  if (!found && state_->map && !state_->map->intact()) {
    fail(ErrorKind::corrupt, "{}: the file was cut while it was read", state_->file);
  }
  return found;
}
size_t ArchiveReader::read(std::span<std::byte> buffer) { return state_->read(buffer); }
const std::string& ArchiveReader::entry() const { return state_->entry; }
int64_t ArchiveReader::skipped() const { return state_->skipped; }
uint64_t ArchiveReader::archive_size() const { return state_->bytes.size(); }
uint64_t ArchiveReader::archive_offset() const {
  if (state_->ended) return archive_size();
  return state_->tar ? state_->tar->offset()
                     : static_cast<uint64_t>(std::max<int64_t>(0, archive_read_header_position(state_->handle.get())));
}

#else

struct ArchiveReader::State {
  std::string entry;
  std::string where() const { return entry; }
};

ArchiveReader::ArchiveReader(const std::string& path, const ArchiveLimits&) {
  fail(ErrorKind::unavailable,
       "{}: this build reads no archives; install libarchive-dev and configure with -DSPINEL_ARCHIVE=ON", path);
}
ArchiveReader::ArchiveReader(std::span<const std::byte>, std::string name, const ArchiveLimits& limits)
    : ArchiveReader(name, limits) {}
bool ArchiveReader::next() { return false; }
size_t ArchiveReader::read(std::span<std::byte>) { return 0; }
const std::string& ArchiveReader::entry() const { return state_->entry; }
int64_t ArchiveReader::skipped() const { return 0; }
uint64_t ArchiveReader::archive_size() const { return 0; }
uint64_t ArchiveReader::archive_offset() const { return 0; }

#endif

ArchiveReader::~ArchiveReader() = default;
ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;
ArchiveReader& ArchiveReader::operator=(ArchiveReader&&) noexcept = default;

std::string ArchiveReader::read_text(uint64_t max_size) {
  std::string text;
  constexpr size_t step = size_t{1} << 14;
  while (true) {
    const size_t before = text.size();
    text.resize(before + step);
    const size_t got = read(std::as_writable_bytes(std::span(text.data() + before, step)));
    text.resize(before + got);
    require(text.size() <= max_size, "{}: it is larger than {} bytes", state_->where(), max_size);
    if (got < step) return text;
  }
}

}  // namespace spinel
