#include <algorithm>
#include <atomic>
#include <random>
#include <system_error>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/platform/native.h"
#include "spinel/base/platform/system_call.h"

namespace spinel {
namespace fs = std::filesystem;
namespace {

/// Makes a call of the standard library that reports by error_code, and throws its failure.
template <typename Operation>
void checked_by_error_code(SystemCall kind, const std::string& path, std::string_view doing, Operation operation) {
  const int64_t result = system_call(kind, path, 0, [&](size_t) -> int64_t {
    std::error_code error;
    operation(error);
    return error ? -error.default_error_condition().value() : 0;
  });
  if (result < 0) fail_with_errno(path, doing, result);
}

}  // namespace

FileStatus file_status(const std::string& path) {
  FileStatus status;
  const int64_t result = system_call(SystemCall::status, path, 0, [&](size_t) { return native::status(path, status); });
  if (result == -ENOENT || result == -ENOTDIR) return {};
  if (result < 0) fail_with_errno(path, "look at the file", result);
  return status;
}

bool file_exists(const std::string& path) { return file_status(path).kind == FileStatus::Kind::file; }
bool folder_exists(const std::string& path) { return file_status(path).kind == FileStatus::Kind::folder; }

std::vector<std::string> list_folder(const std::string& path) {
  std::vector<std::string> names;
  const int64_t result = system_call(SystemCall::list, path, 0, [&](size_t) {
    names.clear();
    return native::list(path, names);
  });
  if (result < 0) fail_with_errno(path, "list the folder", result);
  std::sort(names.begin(), names.end());
  return names;
}

void make_folders(const std::string& path) {
  checked_by_error_code(SystemCall::make_folder, path, "create the folder", [&](std::error_code& error) {
    fs::create_directories(native::to_path(path), error);
    if (!error && !fs::is_directory(native::to_path(path), error)) {
      error = std::make_error_code(std::errc::file_exists);
    }
  });
}

void remove_file(const std::string& path) {
  const int64_t result = system_call(SystemCall::remove, path, 0, [&](size_t) { return native::remove(path); });
  if (result < 0 && result != -ENOENT) fail_with_errno(path, "remove", result);
}

void remove_tree(const std::string& path) {
  checked_by_error_code(SystemCall::remove, path, "remove the folder",
                        [&](std::error_code& error) { fs::remove_all(native::to_path(path), error); });
}

void rename_file(const std::string& from, const std::string& to) {
  const int64_t result = system_call(SystemCall::rename, to, 0, [&](size_t) { return native::rename(from, to); });
  if (result < 0) fail_with_errno(to, format("rename {} to it", from), result);
}

void sync_folder(const std::string& path) {
  const int64_t result = system_call(SystemCall::sync, path, 0, [&](size_t) { return native::sync_folder(path); });
  if (result < 0) fail_with_errno(path, "sync the folder", result);
}

std::string folder_of(const std::string& path) {
  const fs::path parent = native::to_path(path).parent_path();
  return parent.empty() ? "." : native::from_path(parent);
}

std::string file_name_of(const std::string& path) { return native::from_path(native::to_path(path).filename()); }

std::string join_path(const std::string& folder, const std::string& name) {
  return native::from_path(native::to_path(folder) / native::to_path(name));
}

std::string absolute_path(const std::string& path) {
  fs::path result;
  checked_by_error_code(SystemCall::status, path, "resolve the path", [&](std::error_code& error) {
    result = fs::absolute(native::to_path(path), error);
    if (!error) result = fs::weakly_canonical(result, error);
  });
  return native::from_path(result);
}

TemporaryFolder::TemporaryFolder() {
  std::error_code error;
  fs::path root = fs::temp_directory_path(error);
  if (error) {
    fail(ErrorKind::unavailable, "TMPDIR: there is no folder for temporary files: {}; set it to one", error.message());
  }
  std::random_device random;
  do {
    path_ = native::from_path(root / format("spinel-{:08x}{:08x}", random(), random()));
  } while (!fs::create_directory(native::to_path(path_), error) && !error);
  if (error) fail_with_errno(path_, "create the folder", error.default_error_condition().value());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(native::to_path(path_), ignored);
}

}  // namespace spinel
