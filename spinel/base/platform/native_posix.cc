#ifndef _WIN32
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

#include "spinel/base/platform/native.h"

namespace spinel::native {
namespace {

int64_t result_of(int64_t value) { return value < 0 ? -errno : value; }

int flags_of(File::Mode mode) {
  switch (mode) {
    case File::Mode::read: return O_RDONLY;
    case File::Mode::write: return O_WRONLY | O_CREAT | O_TRUNC;
    case File::Mode::create_new: return O_WRONLY | O_CREAT | O_EXCL;
    case File::Mode::append: return O_WRONLY | O_CREAT | O_APPEND;
    case File::Mode::update: return O_RDWR;
  }
  return O_RDONLY;
}

void fill(const struct stat& from, FileStatus& to) {
  to.kind = S_ISREG(from.st_mode)   ? FileStatus::Kind::file
            : S_ISDIR(from.st_mode) ? FileStatus::Kind::folder
                                    : FileStatus::Kind::other;
  to.size = static_cast<uint64_t>(from.st_size);
  to.modified_ns = int64_t{from.st_mtim.tv_sec} * 1'000'000'000 + from.st_mtim.tv_nsec;
}

}  // namespace

int64_t open(const std::string& path, File::Mode mode) {
  return result_of(::open(path.c_str(), flags_of(mode) | O_CLOEXEC, 0666));
}
int64_t read(int descriptor, void* buffer, size_t size) { return result_of(::read(descriptor, buffer, size)); }
int64_t read_at(int descriptor, void* buffer, size_t size, uint64_t offset) {
  return result_of(::pread(descriptor, buffer, size, static_cast<off_t>(offset)));
}
int64_t write(int descriptor, const void* data, size_t size) { return result_of(::write(descriptor, data, size)); }
int64_t sync(int descriptor) { return result_of(::fsync(descriptor)); }
int64_t truncate(int descriptor, uint64_t size) { return result_of(::ftruncate(descriptor, static_cast<off_t>(size))); }
int64_t close(int descriptor) { return result_of(::close(descriptor)); }

int64_t status(int descriptor, FileStatus& status) {
  struct stat found {};
  if (::fstat(descriptor, &found) != 0) return -errno;
  fill(found, status);
  return 0;
}
int64_t status(const std::string& path, FileStatus& status) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return -errno;
  fill(found, status);
  return 0;
}

int64_t rename(const std::string& from, const std::string& to) { return result_of(::rename(from.c_str(), to.c_str())); }
int64_t remove(const std::string& path) { return result_of(::remove(path.c_str())); }

int64_t list(const std::string& path, std::vector<std::string>& names) {
  const auto close = [](DIR* folder) { ::closedir(folder); };
  const std::unique_ptr<DIR, decltype(close)> folder(::opendir(path.c_str()), close);
  if (!folder) return -errno;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (!entry) return -errno;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
}

int64_t sync_folder(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return -errno;
  int64_t result = result_of(::fsync(descriptor));
  // Some network file systems cannot sync a folder and say so with EINVAL; there a rename is durable by itself.
  if (result == -EINVAL) result = 0;
  ::close(descriptor);
  return result;
}

int64_t lock(int descriptor) { return result_of(::flock(descriptor, LOCK_EX | LOCK_NB)); }
bool has_name(int descriptor) {
  struct stat found {};
  return ::fstat(descriptor, &found) == 0 && found.st_nlink > 0;
}

int64_t map(int descriptor, size_t size, void*& address) {
  address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  return address == MAP_FAILED ? -errno : 0;
}
void unmap(const void* address, size_t size) { ::munmap(const_cast<void*>(address), size); }

std::filesystem::path to_path(const std::string& path) { return path; }
std::string from_path(const std::filesystem::path& path) { return path.string(); }

}  // namespace spinel::native
#endif
