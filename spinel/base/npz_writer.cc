#include "spinel/base/npz_writer.h"

#include <zlib.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"

namespace spinel {
namespace {

constexpr uint64_t see_zip64 = 0xffffffff;

/// Little-endian numbers after each other.
class Record {
 public:
  template <typename T>
  Record& add(T value) {
    for (size_t i = 0; i < sizeof(T); ++i) text_ += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
    return *this;
  }
  Record& add(const std::string& text) {
    text_ += text;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// What comes before an array's bytes in an .npy file: its length is a multiple of 64, so that they are aligned.
std::string npy_header(const NpzEntry& entry) {
  std::string shape = "(";
  for (const int64_t size : entry.shape) shape += std::to_string(size) + ",";
  std::string dict = "{'descr': '" + entry.descr + "', 'fortran_order': False, 'shape': " + shape + "), }";
  constexpr size_t prefix = 10;
  dict.append(63 - (prefix + dict.size()) % 64, ' ');
  dict += '\n';
  return Record().add(std::string("\x93NUMPY\x01")).add<uint8_t>(0).add(static_cast<uint16_t>(dict.size())).text() +
         dict;
}

struct Placed {
  std::string name, header;
  uint64_t offset = 0, size = 0;
  uint32_t checksum = 0;
};

uint32_t checksum_of(const Placed& placed, std::span<const std::byte> bytes) {
  auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(placed.header.data()), placed.header.size());
  if (!bytes.empty()) sum = crc32_z(sum, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  return static_cast<uint32_t>(sum);
}

/// Version 4.5 (zip64), names in UTF-8, stored, 1 January 1980. (APPNOTE 6.3, sections 4.3.7 and 4.3.12)
Record& add_common(Record& record, const Placed& placed) {
  return record.add<uint16_t>(45).add<uint16_t>(0x800).add<uint16_t>(0).add<uint16_t>(0).add<uint16_t>(0x21).add(
      placed.checksum);
}

std::string local_header(const Placed& placed) {
  Record record;
  record.add<uint32_t>(0x04034b50);
  add_common(record, placed);
  record.add(static_cast<uint32_t>(see_zip64)).add(static_cast<uint32_t>(see_zip64));
  record.add(static_cast<uint16_t>(placed.name.size())).add<uint16_t>(20).add(placed.name);
  return record.add<uint16_t>(1).add<uint16_t>(16).add(placed.size).add(placed.size).text();
}

std::string central_entry(const Placed& placed) {
  Record record;
  record.add<uint32_t>(0x02014b50).add<uint16_t>(45);
  add_common(record, placed);
  record.add(static_cast<uint32_t>(see_zip64)).add(static_cast<uint32_t>(see_zip64));
  record.add(static_cast<uint16_t>(placed.name.size())).add<uint16_t>(28).add<uint16_t>(0).add<uint16_t>(0);
  record.add<uint16_t>(0).add<uint32_t>(0).add(static_cast<uint32_t>(see_zip64)).add(placed.name);
  return record.add<uint16_t>(1).add<uint16_t>(24).add(placed.size).add(placed.size).add(placed.offset).text();
}

std::string end_records(uint64_t count, uint64_t offset, uint64_t size) {
  Record record;
  record.add<uint32_t>(0x06064b50).add<uint64_t>(44).add<uint16_t>(45).add<uint16_t>(45).add<uint32_t>(0);
  record.add<uint32_t>(0).add(count).add(count).add(size).add(offset);
  record.add<uint32_t>(0x07064b50).add<uint32_t>(0).add(offset + size).add<uint32_t>(1);
  const auto few = static_cast<uint16_t>(std::min<uint64_t>(count, 0xffff));
  record.add<uint32_t>(0x06054b50).add<uint16_t>(0).add<uint16_t>(0).add(few).add(few);
  record.add(static_cast<uint32_t>(std::min(size, see_zip64))).add(static_cast<uint32_t>(std::min(offset, see_zip64)));
  return record.add<uint16_t>(0).text();
}

}  // namespace

std::string npy_text(const NpzEntry& entry) {
  return npy_header(entry).append(reinterpret_cast<const char*>(entry.bytes.data()), entry.bytes.size());
}

void write_npz(const std::string& path, const std::vector<NpzEntry>& entries) {
  write_file_atomic(path, [&](File& file) {
    uint64_t offset = 0;
    std::string directory;
    const auto write = [&](const std::string& text) {
      file.write(text);
      offset += text.size();
    };
    for (const NpzEntry& entry : entries) {
      Placed placed{entry.name + ".npy", npy_header(entry), offset, 0, 0};
      placed.size = placed.header.size() + entry.bytes.size();
      placed.checksum = checksum_of(placed, entry.bytes);
      write(local_header(placed));
      write(placed.header);
      file.write(entry.bytes);
      offset += entry.bytes.size();
      directory += central_entry(placed);
    }
    const uint64_t begin = offset;
    write(directory);
    write(end_records(entries.size(), begin, directory.size()));
  });
}

}  // namespace spinel
