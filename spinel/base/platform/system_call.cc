#include "spinel/base/platform/system_call.h"

#include <system_error>

#include "spinel/base/error.h"

namespace spinel {
namespace {
std::atomic<SystemCallHook*> installed_hook{nullptr};

ErrorKind kind_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR: return ErrorKind::not_found;
    case EISDIR:
    case EINVAL:
    case ENAMETOOLONG:
    case EEXIST: return ErrorKind::invalid_argument;
    default: return ErrorKind::unavailable;
  }
}
}  // namespace

std::string_view to_string(SystemCall call) {
  switch (call) {
    case SystemCall::open: return "open";
    case SystemCall::read: return "read";
    case SystemCall::write: return "write";
    case SystemCall::sync: return "sync";
    case SystemCall::truncate: return "truncate";
    case SystemCall::close: return "close";
    case SystemCall::rename: return "rename";
    case SystemCall::remove: return "remove";
    case SystemCall::status: return "status";
    case SystemCall::list: return "list";
    case SystemCall::make_folder: return "make_folder";
    case SystemCall::map: return "map";
    case SystemCall::lock: return "lock";
  }
  return "unknown";
}

ScopedSystemCallHook::ScopedSystemCallHook(SystemCallHook& hook) { installed_hook = &hook; }
ScopedSystemCallHook::~ScopedSystemCallHook() { installed_hook = nullptr; }

SystemCallHook::Decision FaultAt::before(SystemCall call, const std::string&) {
  if (call != kind_) return {};
  const int64_t number = ++count_;
  return {.error = number == k_ || (persistent_ && number > k_) ? error_ : 0};
}

namespace system_internal {
SystemCallHook* current_hook() { return installed_hook.load(std::memory_order_acquire); }
}  // namespace system_internal

void fail_with_errno(const std::string& path, std::string_view doing, int64_t error) {
  const int code = static_cast<int>(error < 0 ? -error : error);
  fail(kind_of(code), "{}: cannot {}: {}", path, doing, std::generic_category().message(code));
}

}  // namespace spinel
