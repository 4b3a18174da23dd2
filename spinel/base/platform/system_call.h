// The one gate through which system calls on files pass, where tests make them fail, stop short or be counted.
#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spinel {

/// What is asked of the system; faults are chosen by kind.
enum class SystemCall {
  open,
  read,
  write,
  sync,
  truncate,
  close,
  rename,
  remove,
  status,
  list,
  make_folder,
  map,
  lock
};
std::string_view to_string(SystemCall call);

/// Sees every call before and after it is made. Installed by tests only; called from any thread.
class SystemCallHook {
 public:
  struct Decision {
    int error = 0;              ///< not 0: the call is not made and fails with this errno
    size_t at_most = SIZE_MAX;  ///< bytes that a read or write may move
  };
  virtual ~SystemCallHook() = default;
  virtual Decision before(SystemCall call, const std::string& path) = 0;
  virtual void after(SystemCall /*call*/, const std::string& /*path*/) {}
};

/// Puts a hook in place for as long as it lives; the hook must outlive it. Not nested.
class ScopedSystemCallHook {
 public:
  explicit ScopedSystemCallHook(SystemCallHook& hook);
  ~ScopedSystemCallHook();
  ScopedSystemCallHook(const ScopedSystemCallHook&) = delete;
  ScopedSystemCallHook& operator=(const ScopedSystemCallHook&) = delete;
};

/// Lets the k-th call of a kind (from 1) fail with an errno, once or from then on; the others pass.
class FaultAt : public SystemCallHook {
 public:
  FaultAt(SystemCall kind, int64_t k, int error, bool persistent = false)
      : kind_(kind), k_(k), error_(error), persistent_(persistent) {}
  Decision before(SystemCall call, const std::string& path) override;
  /// Whether there was a k-th call: the end of a loop over k.
  bool fired() const { return count_ >= k_; }

 private:
  SystemCall kind_;
  int64_t k_;
  int error_;
  bool persistent_;
  std::atomic<int64_t> count_{0};
};

namespace system_internal {
SystemCallHook* current_hook();
}  // namespace system_internal

/// Makes a call that returns a value ≥ 0 or −errno; `operation` gets the number of bytes it may move. Interrupted calls
/// are made again, but for close, which has released the descriptor even then.
template <typename Operation>
int64_t system_call(SystemCall kind, const std::string& path, size_t bytes, Operation operation) {
  for (;;) {
    int64_t result = 0;
    if (SystemCallHook* hook = system_internal::current_hook()) {
      const SystemCallHook::Decision decision = hook->before(kind, path);
      result = decision.error ? -decision.error : operation(std::min(bytes, decision.at_most));
      hook->after(kind, path);
    } else {
      result = operation(bytes);
    }
    if (result != -EINTR) return result;
    if (kind == SystemCall::close) return 0;
  }
}

/// Throws the Error for a failed call: "<path>: cannot <doing>: <text of the errno>".
[[noreturn]] void fail_with_errno(const std::string& path, std::string_view doing, int64_t error);

}  // namespace spinel
