#include "spinel/base/platform/file_lock.h"

#include "spinel/base/error.h"
#include "spinel/base/log.h"
#include "spinel/base/platform/native.h"
#include "spinel/base/platform/process.h"
#include "spinel/base/platform/system_call.h"

namespace spinel {
namespace {

/// Who has the lock, as its file says. A holder that ends meanwhile takes the file away, and one that has just begun
/// has not written it yet.
std::string holder_of(const std::string& path) {
  try {
    std::string holder = read_file(path, 4096);
    if (!holder.empty()) return holder;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
  }
  return "another process";
}

}  // namespace

FileLock::FileLock(const std::string& path) : path_(path) {
  int64_t locked = 0;
  do {
    file_.emplace(File::open(path, File::Mode::append));
    locked = system_call(SystemCall::lock, path, 0, [&](size_t) { return native::lock(file_->descriptor()); });
    // A holder that ended in between has removed the file that was opened here; then there is a newer one to lock.
  } while (locked >= 0 && !native::has_name(file_->descriptor()));
  if (locked == -EWOULDBLOCK || locked == -EAGAIN) {
    fail(ErrorKind::unavailable, "{}: {} is writing to {}; wait for it or choose another folder", path, holder_of(path),
         folder_of(path));
  }
  if (locked < 0) {
    // Some network file systems have no locks. To refuse all work there would help nobody.
    log_warning("{}: the file system gives no locks, so a second writer is not noticed", path);
  }
  file_->truncate(0);
  file_->write(format("process {} on host {}", process_id(), host_name()));
}

FileLock::~FileLock() {
#ifdef _WIN32
  file_.reset();  // an open file cannot be removed there
#endif
  native::remove(path_);
}

}  // namespace spinel
