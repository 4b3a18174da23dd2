#include "spinel/train/tensorboard.h"

#include <array>
#include <bit>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/train/append.h"
#include "spinel/train/wall_clock.h"

namespace spinel::train {
namespace {

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0x82f63b78u : 0u);
    table[i] = crc;
  }
  return table;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The mask keeps a CRC of data that themselves hold CRCs from being weak.
uint32_t masked_crc(std::string_view data) {
  const uint32_t crc = crc32c(bytes_of(data));
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

template <typename T>
void append_little_endian(std::string& to, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) to += static_cast<char>((value >> (8 * i)) & 0xff);
}

void append_varint(std::string& to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>((value & 0x7f) | 0x80);
  to += static_cast<char>(value);
}

// Protocol buffers: a field is its number and wire type (0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes).
void append_key(std::string& to, uint32_t field, uint32_t wire_type) { append_varint(to, (field << 3) | wire_type); }

void append_int(std::string& to, uint32_t field, int64_t value) {
  append_key(to, field, 0);
  append_varint(to, static_cast<uint64_t>(value));
}
void append_double(std::string& to, uint32_t field, double value) {
  append_key(to, field, 1);
  append_little_endian(to, std::bit_cast<uint64_t>(value));
}
void append_float(std::string& to, uint32_t field, float value) {
  append_key(to, field, 5);
  append_little_endian(to, std::bit_cast<uint32_t>(value));
}
void append_bytes(std::string& to, uint32_t field, std::string_view bytes) {
  append_key(to, field, 2);
  append_varint(to, bytes.size());
  to += bytes;
}

/// message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5;
///                 SessionLog session_log = 7; }, begun with time and step.
std::string begin_event(int64_t step) {
  std::string event;
  append_double(event, 1, seconds_since_1970());
  append_int(event, 2, step);
  return event;
}

}  // namespace

uint32_t crc32c(std::span<const std::byte> bytes) {
  static constexpr std::array<uint32_t, 256> table = make_crc_table();
  uint32_t crc = 0xffffffffu;
  for (const std::byte byte : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<uint32_t>(byte)) & 0xff];
  return ~crc;
}

struct EventWriter::Output {
  File file;
  std::string buffer;

  void record(const std::string& event) {
    std::string length;
    append_little_endian(length, static_cast<uint64_t>(event.size()));
    buffer += length;
    append_little_endian(buffer, masked_crc(length));
    buffer += event;
    append_little_endian(buffer, masked_crc(event));
  }
};

EventWriter::EventWriter(const std::string& folder, std::optional<int64_t> purge_from) {
  make_folders(folder);
  // TensorBoard reads the files of a folder in the order of their names, so the later of two must sort behind.
  const auto seconds = static_cast<int64_t>(seconds_since_1970());
  int number = 0;
  do {
    path_ = join_path(folder, format("events.out.tfevents.{:010}.spinel.{:03}", seconds, number++));
  } while (file_exists(path_));
  output_ = std::make_unique<Output>(Output{File::open(path_, File::Mode::create_new), {}});

  std::string version = begin_event(0);
  append_bytes(version, 3, "brain.Event:2");
  output_->record(version);
  if (purge_from) {
    std::string session;
    append_int(session, 1, 1);  // message SessionLog { SessionStatus status = 1; }: START
    std::string start = begin_event(*purge_from);
    append_bytes(start, 7, session);
    output_->record(start);
  }
  flush();
}

EventWriter::~EventWriter() {
  try {
    flush();
  } catch (const Error&) {
    // Nobody is left to be told; whoever must know calls flush() first.
  }
}

void EventWriter::scalar(std::string_view tag, int64_t step, double value) {
  std::string entry;  // message Value { string tag = 1; float simple_value = 2; }
  append_bytes(entry, 1, tag);
  append_float(entry, 2, static_cast<float>(value));
  std::string summary;  // message Summary { repeated Value value = 1; }
  append_bytes(summary, 1, entry);
  std::string event = begin_event(step);
  append_bytes(event, 5, summary);
  output_->record(event);
}

void EventWriter::flush() { append_whole(output_->file, output_->buffer); }

}  // namespace spinel::train
