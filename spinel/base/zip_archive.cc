#include "spinel/base/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/base/utf8.h"

namespace spinel {
namespace {

// Sizes and signatures of APPNOTE 6.3, sections 4.3.7 to 4.3.16.
constexpr uint32_t local_signature = 0x04034b50, central_signature = 0x02014b50, end_signature = 0x06054b50;
constexpr uint32_t end64_signature = 0x06064b50, locator64_signature = 0x07064b50;
constexpr size_t local_size = 30, central_size = 46, end_size = 22, end64_size = 56, locator64_size = 20;
constexpr uint16_t stored = 0, deflated = 8;
constexpr uint64_t max_deflate_ratio = 1032;  // 258 bytes from two bits

/// Little-endian numbers out of bytes whose length was checked.
template <typename T>
T number_at(std::span<const std::byte> bytes, size_t offset) {
  T value = 0;
  for (size_t i = sizeof(T); i-- > 0;) value = static_cast<T>(value << 8 | static_cast<T>(bytes[offset + i]));
  return value;
}

/// Takes the 64-bit fields of a central entry that stand in its zip64 extra field (section 4.5.3).
struct Zip64Field {
  explicit Zip64Field(std::span<const std::byte> extra) {
    while (extra.size() >= 4) {
      const size_t size = number_at<uint16_t>(extra, 2);
      if (size > extra.size() - 4) return;
      if (number_at<uint16_t>(extra, 0) == 1) {
        content = extra.subspan(4, size);
        return;
      }
      extra = extra.subspan(4 + size);
    }
  }
  /// Replaces a 32-bit field that says "see there"; false where nothing is there.
  bool replace(uint64_t& field) {
    if (field != 0xffffffff) return true;
    if (content.size() < 8) return false;
    field = number_at<uint64_t>(content, 0);
    content = content.subspan(8);
    return true;
  }
  std::span<const std::byte> content;
};

/// Where the central directory lies.
struct Directory {
  uint64_t offset = 0, size = 0, count = 0;
};

/// The end record stands in the last 64 KiB, behind it only a comment whose length it tells.
Directory find_directory(std::span<const std::byte> bytes, std::string_view file) {
  size_t end = std::string_view::npos;
  for (size_t back = end_size; back <= std::min<size_t>(bytes.size(), end_size + 0xffff); ++back) {
    const size_t at = bytes.size() - back;
    if (number_at<uint32_t>(bytes, at) == end_signature && number_at<uint16_t>(bytes, at + 20) == back - end_size) {
      end = at;
      break;
    }
  }
  if (end == std::string_view::npos) fail(ErrorKind::corrupt, "{}: the zip archive has no end record; it is cut", file);
  Directory directory{number_at<uint32_t>(bytes, end + 16), number_at<uint32_t>(bytes, end + 12),
                      number_at<uint16_t>(bytes, end + 10)};
  if (end >= locator64_size && number_at<uint32_t>(bytes, end - locator64_size) == locator64_signature) {
    const uint64_t at = number_at<uint64_t>(bytes, end - locator64_size + 8);
    if (at > bytes.size() || bytes.size() - at < end64_size || number_at<uint32_t>(bytes, at) != end64_signature) {
      fail(ErrorKind::corrupt, "{}: the zip64 end record is not at byte {}, where its locator says", file, at);
    }
    directory = {number_at<uint64_t>(bytes, at + 48), number_at<uint64_t>(bytes, at + 40),
                 number_at<uint64_t>(bytes, at + 32)};
  }
  if (directory.offset > end || directory.size > end - directory.offset ||
      directory.count > directory.size / central_size) {
    fail(ErrorKind::corrupt, "{}: the zip directory has {} entries in {} bytes at {}, but the file has {} bytes", file,
         directory.count, directory.size, directory.offset, bytes.size());
  }
  return directory;
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> bytes, std::string file)
    : bytes_(bytes), file_(std::move(file)), inflatable_(std::max<uint64_t>(uint64_t{64} << 20, 4 * bytes.size())) {
  read_directory();
}

void ZipArchive::read_directory() {
  const Directory directory = find_directory(bytes_, file_);
  std::span<const std::byte> rest = bytes_.subspan(directory.offset, directory.size);
  for (uint64_t i = 0; i < directory.count; ++i) {
    if (rest.size() < central_size || number_at<uint32_t>(rest, 0) != central_signature) {
      fail(ErrorKind::corrupt, "{}: entry {} of the zip directory is damaged", file_, i);
    }
    const size_t name_size = number_at<uint16_t>(rest, 28), extra_size = number_at<uint16_t>(rest, 30);
    const size_t whole = central_size + name_size + extra_size + number_at<uint16_t>(rest, 32);
    if (whole > rest.size()) fail(ErrorKind::corrupt, "{}: entry {} of the zip directory is cut", file_, i);
    const std::string name(reinterpret_cast<const char*>(rest.data()) + central_size, name_size);
    Entry entry;
    entry.method = number_at<uint16_t>(rest, 10);
    entry.checksum = number_at<uint32_t>(rest, 16);
    entry.packed_size = number_at<uint32_t>(rest, 20);
    entry.size = number_at<uint32_t>(rest, 24);
    entry.offset = number_at<uint32_t>(rest, 42);
    Zip64Field field(rest.subspan(central_size + name_size, extra_size));
    const std::string shown = to_valid_utf8(name);
    if (!field.replace(entry.size) || !field.replace(entry.packed_size) || !field.replace(entry.offset)) {
      fail(ErrorKind::corrupt, "{}: '{}' lacks its 64-bit sizes", file_, shown);
    }
    if (number_at<uint16_t>(rest, 8) & 1) fail(ErrorKind::corrupt, "{}: '{}' is encrypted", file_, shown);
    if (!entries_.emplace(name, std::move(entry)).second) {
      fail(ErrorKind::corrupt, "{}: '{}' is there twice", file_, shown);
    }
    names_.push_back(name);
    rest = rest.subspan(whole);
  }
}

const ZipArchive::Entry& ZipArchive::entry(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) fail(ErrorKind::corrupt, "{}: the archive has no '{}'", file_, to_valid_utf8(name));
  return found->second;
}

std::span<const std::byte> ZipArchive::packed_bytes(std::string_view name, const Entry& entry) const {
  if (entry.offset > bytes_.size() || bytes_.size() - entry.offset < local_size ||
      number_at<uint32_t>(bytes_, entry.offset) != local_signature) {
    fail(ErrorKind::corrupt, "{}: '{}' is not at byte {}, where the zip directory says", file_, name, entry.offset);
  }
  const std::span<const std::byte> local = bytes_.subspan(entry.offset);
  const size_t begin = local_size + number_at<uint16_t>(local, 26) + number_at<uint16_t>(local, 28);
  if (begin > local.size() || entry.packed_size > local.size() - begin) {
    fail(ErrorKind::corrupt, "{}: '{}' has {} bytes by the zip directory, but the file ends before", file_, name,
         entry.packed_size);
  }
  return local.subspan(begin, entry.packed_size);
}

void ZipArchive::inflate_entry(std::string_view name, Entry& entry, std::span<const std::byte> packed) {
  if (entry.size / max_deflate_ratio > packed.size() || entry.size > inflatable_) {
    fail(ErrorKind::corrupt, "{}: '{}' expands from {} to {} bytes, beyond the limit", file_, name, packed.size(),
         entry.size);
  }
  inflatable_ -= entry.size;
  entry.inflated.reset(new std::byte[entry.size]);
  z_stream stream{};
  // Negative: the raw format, without zlib's header.
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  // zlib counts in 32 bits, so both sides are handed over in pieces.
  constexpr uint64_t piece = std::numeric_limits<uInt>::max();
  uint64_t taken = 0, made = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data() + taken));
    stream.avail_in = static_cast<uInt>(std::min(piece, packed.size() - taken));
    stream.next_out = reinterpret_cast<Bytef*>(entry.inflated.get() + made);
    stream.avail_out = static_cast<uInt>(std::min(piece, entry.size - made));
    const uint64_t offered_in = stream.avail_in, offered_out = stream.avail_out;
    status = inflate(&stream, Z_NO_FLUSH);
    taken += offered_in - stream.avail_in;
    made += offered_out - stream.avail_out;
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END || made != entry.size) {
    fail(ErrorKind::corrupt, "{}: '{}' inflates to {} bytes, but the zip directory says {}", file_, name, made,
         entry.size);
  }
}

std::span<const std::byte> ZipArchive::read(std::string_view name) {
  Entry& found = const_cast<Entry&>(entry(name));
  const std::string shown = to_valid_utf8(name);
  std::span<const std::byte> content = packed_bytes(shown, found);
  if (found.method == deflated) {
    if (!found.checked) inflate_entry(shown, found, content);
    content = {found.inflated.get(), found.size};
  } else if (found.method != stored) {
    fail(ErrorKind::corrupt, "{}: '{}' is compressed by method {}; stored and deflated entries are read", file_, shown,
         found.method);
  } else if (found.packed_size != found.size) {
    fail(ErrorKind::corrupt, "{}: '{}' is stored with {} bytes but said to have {}", file_, shown, found.packed_size,
         found.size);
  }
  if (!found.checked) {
    const auto* data = reinterpret_cast<const Bytef*>(content.data());
    const uLong checksum = crc32_z(crc32_z(0, nullptr, 0), data, content.size());
    if (checksum != found.checksum) {
      fail(ErrorKind::corrupt, "{}: the checksum of '{}' is {:08x}, but the zip directory says {:08x}", file_, shown,
           checksum, found.checksum);
    }
    found.checked = true;
  }
  return content;
}

}  // namespace spinel
