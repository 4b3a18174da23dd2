#include "spinel/base/platform/file.h"

#include <utility>

#include "spinel/base/error.h"
#include "spinel/base/platform/native.h"
#include "spinel/base/platform/system_call.h"

namespace spinel {
namespace {

/// Makes the call and throws its failure.
template <typename Operation>
int64_t checked(SystemCall kind, const std::string& path, std::string_view doing, Operation operation) {
  const int64_t result = system_call(kind, path, 0, [&](size_t) -> int64_t { return operation(); });
  if (result < 0) fail_with_errno(path, doing, result);
  return result;
}

void check_path(const std::string& path) {
  require(!path.empty(), "path: it is empty; the name of a file is needed");
  require(path.find('\0') == std::string::npos, "{}: the path holds a zero byte; a file name cannot", path.c_str());
}

}  // namespace

File File::open(const std::string& path, Mode mode) {
  check_path(path);
  File file(path, -1);  // first, so that no descriptor is open when the copy of the path finds no memory
  const std::string_view doing = mode == Mode::read ? "open" : "open for writing";
  file.descriptor_ = static_cast<int>(checked(SystemCall::open, path, doing, [&] { return native::open(path, mode); }));
  return file;
}

File::File(File&& other) noexcept : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

File::~File() {
  if (descriptor_ >= 0) native::close(descriptor_);
}

uint64_t File::size() const {
  FileStatus status;
  checked(SystemCall::status, path_, "read the size", [&] { return native::status(descriptor_, status); });
  return status.size;
}

size_t File::read(std::span<std::byte> buffer) {
  size_t done = 0;
  while (done < buffer.size()) {
    const int64_t moved = system_call(SystemCall::read, path_, buffer.size() - done, [&](size_t at_most) {
      return native::read(descriptor_, buffer.data() + done, at_most);
    });
    if (moved < 0) fail_with_errno(path_, "read", moved);
    if (moved == 0) break;
    done += static_cast<size_t>(moved);
  }
  return done;
}

size_t File::read_at(uint64_t offset, std::span<std::byte> buffer) const {
  size_t done = 0;
  while (done < buffer.size()) {
    const int64_t moved = system_call(SystemCall::read, path_, buffer.size() - done, [&](size_t at_most) {
      return native::read_at(descriptor_, buffer.data() + done, at_most, offset + done);
    });
    if (moved < 0) fail_with_errno(path_, "read", moved);
    if (moved == 0) break;
    done += static_cast<size_t>(moved);
  }
  return done;
}

void File::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const int64_t moved = system_call(SystemCall::write, path_, bytes.size(), [&](size_t at_most) {
      return native::write(descriptor_, bytes.data(), at_most);
    });
    if (moved < 0) fail_with_errno(path_, "write", moved);
    bytes = bytes.subspan(static_cast<size_t>(moved));
  }
}

void File::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void File::sync() {
  checked(SystemCall::sync, path_, "sync", [&] { return native::sync(descriptor_); });
}

void File::truncate(uint64_t size) {
  checked(SystemCall::truncate, path_, "truncate", [&] { return native::truncate(descriptor_, size); });
}

void File::close() {
  const int descriptor = std::exchange(descriptor_, -1);
  if (descriptor < 0) return;
  bool closed = false;
  const int64_t result = system_call(SystemCall::close, path_, 0, [&](size_t) {
    closed = true;
    return native::close(descriptor);
  });
  if (!closed) native::close(descriptor);  // a test's fault stood in for the call; the descriptor must not leak
  if (result < 0) fail_with_errno(path_, "close", result);
}

std::string read_file(const std::string& path, uint64_t max_size) {
  check_path(path);
  // Looked at before it is opened, as opening a pipe waits for a writer.
  const FileStatus status = file_status(path);
  if (status.kind == FileStatus::Kind::absent) fail_with_errno(path, "open", ENOENT);
  require(status.kind != FileStatus::Kind::folder, "{}: it is a folder; a file is needed", path);
  require(status.kind == FileStatus::Kind::file, "{}: it is a pipe or device; a regular file is needed", path);
  require(status.size <= max_size, "{}: it has {} bytes; at most {} are read", path, status.size, max_size);
  File file = File::open(path);
  std::string content(static_cast<size_t>(status.size), '\0');
  content.resize(file.read(std::as_writable_bytes(std::span(content))));
  // Files of /proc and files that grow hold more than their size says. Read apart, as growing the text copies it.
  char piece[4096];
  while (const size_t more = file.read(std::as_writable_bytes(std::span(piece)))) {
    content.append(piece, more);
    require(content.size() <= max_size, "{}: it has more than {} bytes; at most so many are read", path, max_size);
  }
  return content;
}

}  // namespace spinel
