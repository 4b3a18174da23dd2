#include "spinel/base/platform/memory_map.h"

#ifndef _WIN32
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <mutex>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/platform/native.h"
#include "spinel/base/platform/system_call.h"

namespace spinel {
namespace {

#ifdef _WIN32
// Windows refuses to cut a file while it is mapped, so there is nothing to guard.
bool guard(const std::byte*, size_t, std::atomic<bool>*) { return true; }
void unguard(const std::byte*) {}
#else
/// A guarded mapping. A fixed table of atomics, because a signal handler reads it.
struct Guard {
  std::atomic<uintptr_t> begin{0};  ///< 0: free
  std::atomic<uintptr_t> end{0};    ///< 0: being filled in
  std::atomic<std::atomic<bool>*> lost{nullptr};
};
Guard guards[1024];
std::mutex guards_mutex;
struct sigaction previous_action;
uintptr_t page_size = 4096;

/// Puts zeros where the file ended, so that the reading instruction can be repeated.
bool repair(uintptr_t address) {
  for (Guard& guard : guards) {
    const uintptr_t begin = guard.begin.load(), end = guard.end.load();
    if (begin == 0 || address < begin || address >= end) continue;
    void* page = reinterpret_cast<void*>(address & ~(page_size - 1));
    if (mmap(page, page_size, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) return false;
    if (std::atomic<bool>* lost = guard.lost.load()) lost->store(true);
    return true;
  }
  return false;
}

void on_bus_error(int number, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  const bool repaired = repair(reinterpret_cast<uintptr_t>(info->si_addr));
  errno = saved_errno;
  if (repaired) return;
  if (previous_action.sa_flags & SA_SIGINFO) {
    previous_action.sa_sigaction(number, info, context);
  } else if (previous_action.sa_handler == SIG_DFL || previous_action.sa_handler == SIG_IGN) {
    signal(SIGBUS, SIG_DFL);  // the instruction is repeated and ends the process as it would have
  } else {
    previous_action.sa_handler(number);
  }
}

/// False: all guards are taken.
bool guard(const std::byte* data, size_t size, std::atomic<bool>* lost) {
  std::lock_guard lock(guards_mutex);
  static const bool installed = [] {
    page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    struct sigaction action {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    return sigaction(SIGBUS, &action, &previous_action) == 0;
  }();
  if (!installed) return false;
  for (Guard& entry : guards) {
    if (entry.begin != 0) continue;
    const uintptr_t begin = reinterpret_cast<uintptr_t>(data);
    entry.lost = lost;
    entry.begin = begin;
    entry.end = begin + size;
    return true;
  }
  return false;
}

void unguard(const std::byte* data) {
  std::lock_guard lock(guards_mutex);
  for (Guard& entry : guards) {
    if (entry.begin != reinterpret_cast<uintptr_t>(data)) continue;
    entry.end = 0;
    entry.begin = 0;
    entry.lost = nullptr;
    return;
  }
}
#endif

}  // namespace

std::shared_ptr<const MemoryMap> MemoryMap::open(const std::string& path) {
  const FileStatus status = file_status(path);
  if (status.kind == FileStatus::Kind::absent) fail_with_errno(path, "open", ENOENT);
  require(status.kind != FileStatus::Kind::folder, "{}: it is a folder; a file is needed", path);
  require(status.kind == FileStatus::Kind::file, "{}: it is a pipe or device; a regular file is needed", path);
  const File file = File::open(path);
  std::shared_ptr<MemoryMap> map(new MemoryMap);
  map->path_ = path;
  const size_t size = static_cast<size_t>(file.size());
  if (size == 0) return map;
  void* address = nullptr;
  const int64_t result =
      system_call(SystemCall::map, path, 0, [&](size_t) { return native::map(file.descriptor(), size, address); });
  if (result < 0) fail_with_errno(path, "map", result);
  map->data_ = static_cast<const std::byte*>(address);
  map->size_ = size;
  map->guarded_ = guard(map->data_, size, &map->lost_);
  if (!map->guarded_) {
    native::unmap(address, size);
    map->data_ = nullptr;
    map->content_.reset(new std::byte[size]);
    map->size_ = file.read_at(0, {map->content_.get(), size});
    map->data_ = map->content_.get();
  }
  return map;
}

MemoryMap::~MemoryMap() {
  if (!guarded_) return;
  unguard(data_);
  native::unmap(data_, size_);
}

}  // namespace spinel
