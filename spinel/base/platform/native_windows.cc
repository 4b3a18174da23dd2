#ifdef _WIN32
// windows.h must come before the headers that depend on it.
#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#include <windows.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string_view>

#include "spinel/base/platform/native.h"

namespace spinel::native {
namespace {

int64_t result_of(int64_t value) { return value < 0 ? -errno : value; }
HANDLE handle_of(int descriptor) { return reinterpret_cast<HANDLE>(_get_osfhandle(descriptor)); }
unsigned piece(size_t size) { return static_cast<unsigned>(std::min<size_t>(size, INT_MAX)); }

int64_t last_error() {
  switch (GetLastError()) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND: return -ENOENT;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION: return -EACCES;
    case ERROR_LOCK_VIOLATION: return -EWOULDBLOCK;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL: return -ENOSPC;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY: return -ENOMEM;
    case ERROR_ALREADY_EXISTS:
    case ERROR_FILE_EXISTS: return -EEXIST;
    default: return -EIO;
  }
}

int flags_of(File::Mode mode) {
  switch (mode) {
    case File::Mode::read: return _O_RDONLY;
    case File::Mode::write: return _O_WRONLY | _O_CREAT | _O_TRUNC;
    case File::Mode::create_new: return _O_WRONLY | _O_CREAT | _O_EXCL;
    case File::Mode::append: return _O_WRONLY | _O_CREAT | _O_APPEND;
    case File::Mode::update: return _O_RDWR;
  }
  return _O_RDONLY;
}

void fill(const struct _stat64& from, FileStatus& to) {
  to.kind = (from.st_mode & _S_IFREG)   ? FileStatus::Kind::file
            : (from.st_mode & _S_IFDIR) ? FileStatus::Kind::folder
                                        : FileStatus::Kind::other;
  to.size = static_cast<uint64_t>(from.st_size);
  to.modified_ns = static_cast<int64_t>(from.st_mtime) * 1'000'000'000;
}

}  // namespace

int64_t open(const std::string& path, File::Mode mode) {
  return result_of(_wopen(to_path(path).c_str(), flags_of(mode) | _O_BINARY | _O_NOINHERIT, _S_IREAD | _S_IWRITE));
}
int64_t read(int descriptor, void* buffer, size_t size) { return result_of(_read(descriptor, buffer, piece(size))); }
int64_t read_at(int descriptor, void* buffer, size_t size, uint64_t offset) {
  OVERLAPPED position{};
  position.Offset = static_cast<DWORD>(offset);
  position.OffsetHigh = static_cast<DWORD>(offset >> 32);
  DWORD moved = 0;
  if (ReadFile(handle_of(descriptor), buffer, piece(size), &moved, &position)) return moved;
  return GetLastError() == ERROR_HANDLE_EOF ? 0 : last_error();
}
int64_t write(int descriptor, const void* data, size_t size) {
  return result_of(_write(descriptor, data, piece(size)));
}
int64_t sync(int descriptor) { return result_of(_commit(descriptor)); }
int64_t truncate(int descriptor, uint64_t size) {
  const int error = _chsize_s(descriptor, static_cast<int64_t>(size));
  return -error;
}
int64_t close(int descriptor) { return result_of(_close(descriptor)); }

int64_t status(int descriptor, FileStatus& status) {
  struct _stat64 found {};
  if (_fstat64(descriptor, &found) != 0) return -errno;
  fill(found, status);
  return 0;
}
int64_t status(const std::string& path, FileStatus& status) {
  struct _stat64 found {};
  if (_wstat64(to_path(path).c_str(), &found) != 0) return -errno;
  fill(found, status);
  return 0;
}

int64_t list(const std::string& path, std::vector<std::string>& names) {
  WIN32_FIND_DATAW entry;
  const HANDLE search = FindFirstFileW((to_path(path) / L"*").c_str(), &entry);
  if (search == INVALID_HANDLE_VALUE) return last_error();
  do {
    const std::wstring_view name = entry.cFileName;
    if (name != L"." && name != L"..") names.push_back(from_path(std::filesystem::path(name)));
  } while (FindNextFileW(search, &entry));
  const bool complete = GetLastError() == ERROR_NO_MORE_FILES;
  FindClose(search);
  return complete ? 0 : -EIO;
}

int64_t rename(const std::string& from, const std::string& to) {
  constexpr DWORD flags = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
  return MoveFileExW(to_path(from).c_str(), to_path(to).c_str(), flags) ? 0 : last_error();
}
int64_t remove(const std::string& path) {
  const std::wstring wide = to_path(path).wstring();
  if (DeleteFileW(wide.c_str()) || RemoveDirectoryW(wide.c_str())) return 0;
  return last_error();
}
// MOVEFILE_WRITE_THROUGH has already brought the rename to the device.
int64_t sync_folder(const std::string&) { return 0; }

int64_t lock(int descriptor) {
  OVERLAPPED position{};
  // The byte far behind the end: locks on Windows are mandatory, and the content must stay readable.
  position.OffsetHigh = 0x7fffffff;
  constexpr DWORD flags = LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY;
  return LockFileEx(handle_of(descriptor), flags, 0, 1, 0, &position) ? 0 : last_error();
}
bool has_name(int) { return true; }

int64_t map(int descriptor, size_t size, void*& address) {
  const HANDLE mapping = CreateFileMappingW(handle_of(descriptor), nullptr, PAGE_READONLY, 0, 0, nullptr);
  if (!mapping) return last_error();
  address = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, size);
  const int64_t result = address ? 0 : last_error();
  CloseHandle(mapping);  // the view keeps the mapping alive
  return result;
}
void unmap(const void* address, size_t) { UnmapViewOfFile(address); }

std::filesystem::path to_path(const std::string& path) {
  return std::filesystem::path(reinterpret_cast<const char8_t*>(path.c_str()));
}
std::string from_path(const std::filesystem::path& path) {
  const std::u8string text = path.generic_u8string();
  return std::string(text.begin(), text.end());
}

}  // namespace spinel::native
#endif
