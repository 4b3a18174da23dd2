#include "spinel/atoms/line_reader.h"

#include <array>
#include <cstring>
#include <memory>
#include <span>

#include "spinel/base/error.h"
#include "spinel/base/gzip.h"
#include "spinel/base/platform/file.h"

namespace spinel {

namespace {

constexpr size_t kChunk = size_t{1} << 18;

}  // namespace

LineReader LineReader::open(const std::string& path, int64_t max_line) {
  File file = File::open(path);
  LineReader reader;
  reader.name_ = path;
  reader.max_line_ = max_line;
  reader.buffer_.resize(kChunk);
  const size_t got = file.read(std::as_writable_bytes(std::span(reader.buffer_.data(), 2)));
  if (GzipReader::has_signature(std::as_bytes(std::span(reader.buffer_.data(), got)))) {
    auto packed = std::make_shared<File>(File::open(path));
    auto buffer = std::make_shared<std::vector<std::byte>>(kChunk);
    auto gzip = std::make_shared<GzipReader>(
        path, [packed, buffer] { return std::span<const std::byte>(buffer->data(), packed->read(*buffer)); });
    reader.source_ = [gzip](char* data, size_t size) {
      return gzip->read(std::as_writable_bytes(std::span(data, size)));
    };
    reader.at_ = reader.end_ = reader.buffer_.data();
  } else {
    auto plain = std::make_shared<File>(std::move(file));
    reader.source_ = [plain](char* data, size_t size) {
      return plain->read(std::as_writable_bytes(std::span(data, size)));
    };
    reader.at_ = reader.buffer_.data();
    reader.end_ = reader.at_ + got;
  }
  return reader;
}

LineReader LineReader::over(std::string_view text, std::string name) {
  LineReader reader;
  reader.name_ = std::move(name);
  reader.at_ = text.data();
  reader.end_ = text.data() + text.size();
  reader.finished_ = true;
  return reader;
}

void LineReader::check_length(int64_t size) const {
  if (max_line_ > 0 && size > max_line_) {
    fail(ErrorKind::corrupt, "{}: line {} is longer than {} bytes", name_, number_ + 1, max_line_);
  }
}

// Moves the unread part to the front and reads on behind it; the buffer grows only with what the file really holds.
bool LineReader::fill() {
  if (finished_) return false;
  const size_t kept = static_cast<size_t>(end_ - at_);
  check_length(static_cast<int64_t>(kept) - 1);  // the last byte may be the \r of its end
  if (kept > 0) std::memmove(buffer_.data(), at_, kept);
  if (kept * 2 > buffer_.size()) buffer_.resize(buffer_.size() * 2);
  at_ = buffer_.data();
  const size_t got = source_(buffer_.data() + kept, buffer_.size() - kept);
  end_ = at_ + kept + got;
  if (got == 0) finished_ = true;
  return got > 0;
}

bool LineReader::find_line() {
  if (line_end_) return true;
  size_t searched = 0;
  while (true) {
    const size_t size = static_cast<size_t>(end_ - at_);
    if (size > searched) {
      if (const void* found = std::memchr(at_ + searched, '\n', size - searched)) {
        line_end_ = static_cast<const char*>(found);
        check_length(line_end_ - at_);
        return true;
      }
    }
    searched = size;
    if (!fill()) break;
  }
  if (at_ == end_) return false;
  check_length(end_ - at_);
  line_end_ = end_;
  return true;
}

bool LineReader::peek(std::string_view& line) {
  if (!find_line()) return false;
  line = {at_, static_cast<size_t>(line_end_ - at_)};
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return true;
}

bool LineReader::next(std::string_view& line) {
  if (!peek(line)) return false;
  at_ = line_end_ < end_ ? line_end_ + 1 : end_;
  line_end_ = nullptr;
  ++number_;
  return true;
}

}  // namespace spinel
