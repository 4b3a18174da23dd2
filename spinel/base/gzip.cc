#include "spinel/base/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "spinel/base/error.h"

namespace spinel {
namespace {

constexpr size_t largest = std::numeric_limits<uInt>::max();  // zlib counts in 32 bits
constexpr int gzip_only = MAX_WBITS + 16;                     // inflateInit2: gzip's header and trailer, not zlib's

}  // namespace

struct GzipReader::State {
  State(std::string file, Input source) : name(std::move(file)), input(std::move(source)) {
    if (inflateInit2(&stream, gzip_only) != Z_OK) fail(ErrorKind::unavailable, "{}: no memory for zlib", name);
  }
  ~State() { inflateEnd(&stream); }

  /// False where there is no more input.
  bool refill() {
    if (rest.empty()) rest = input();
    if (rest.empty()) return false;
    const size_t piece = std::min(rest.size(), largest);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(rest.data()));
    stream.avail_in = static_cast<uInt>(piece);
    rest = rest.subspan(piece);
    return true;
  }

  std::string name;
  Input input;
  std::span<const std::byte> rest;  ///< of the piece, where it is larger than zlib takes at once
  z_stream stream{};
  bool inside = false;  ///< a member has begun and not ended
  bool ended = false;
};

GzipReader::GzipReader(std::string name, Input input)
    : state_(std::make_unique<State>(std::move(name), std::move(input))) {}
GzipReader::~GzipReader() = default;
GzipReader::GzipReader(GzipReader&&) noexcept = default;
GzipReader& GzipReader::operator=(GzipReader&&) noexcept = default;

bool GzipReader::has_signature(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

size_t GzipReader::read(std::span<std::byte> buffer) {
  State& state = *state_;
  z_stream& stream = state.stream;
  size_t made = 0;
  while (made < buffer.size() && !state.ended) {
    if (stream.avail_in == 0 && !state.refill()) {
      if (state.inside) {
        fail(ErrorKind::corrupt, "{}: the gzip data ends too early; the file is truncated", state.name);
      }
      state.ended = true;
      break;
    }
    state.inside = true;
    const size_t room = std::min(buffer.size() - made, largest);
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data() + made);
    stream.avail_out = static_cast<uInt>(room);
    const int status = inflate(&stream, Z_NO_FLUSH);
    made += room - stream.avail_out;
    if (status == Z_STREAM_END) {
      state.inside = false;
      inflateReset(&stream);
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      fail(ErrorKind::corrupt, "{}: the gzip data is broken ({})", state.name, stream.msg ? stream.msg : "no details");
    }
  }
  return made;
}

}  // namespace spinel
