#include "spinel/hosts/torch/parallel.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <atomic>
#include <exception>

#include "spinel/base/error.h"
#include "spinel/base/parallel_cut.h"

namespace spinel {
namespace {

/// The entry points of the OpenMP run-time. Looked up in libtorch's own dependencies, not linked: the file's name
/// differs between builds (libgomp.so.1, libgomp-a34b3233.so.1, libiomp5.so), and a system's libgomp linked by name
/// would be a second run-time with a second pool.
struct OpenMp {
  void (*parallel)(void (*function)(void*), void* data, unsigned num_threads, unsigned flags);
  int (*thread_num)();
  int (*num_threads)();
  int (*in_parallel)();
};

template <typename Function>
void look_up(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (!function) {
    fail(ErrorKind::unavailable, "libtorch: its libraries offer no {}; a libtorch built with OpenMP is needed", name);
  }
}

OpenMp find_openmp() {
  // The symbol's own library: the file's name is not the same on all systems.
  Dl_info info{};
  const auto* address = reinterpret_cast<const void*>(&at::get_num_threads);
  void* library = dladdr(address, &info) ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD) : nullptr;
  if (!library) fail(ErrorKind::unavailable, "libtorch: the library that holds its threads is not found");
  OpenMp openmp{};
  look_up(library, "GOMP_parallel", openmp.parallel);
  look_up(library, "omp_get_thread_num", openmp.thread_num);
  look_up(library, "omp_get_num_threads", openmp.num_threads);
  look_up(library, "omp_in_parallel", openmp.in_parallel);
  return openmp;
}

/// What the threads of one loop share.
struct Job {
  const OpenMp& openmp;
  const ParallelCut& cut;
  RangeFunction function;
  std::atomic<bool> failed{false};
  std::exception_ptr first_exception;

  /// Runs in each thread. The run-time may give fewer threads than asked for, so each takes every T-th piece.
  static void run_in_thread(void* data) {
    Job& job = *static_cast<Job*>(data);
    const int step = job.openmp.num_threads();
    for (int64_t index = job.openmp.thread_num(); index < job.cut.pieces; index += step) {
      try {
        job.cut.run(index, job.function);
      } catch (...) {
        if (!job.failed.exchange(true)) job.first_exception = std::current_exception();
      }
    }
  }
};

class TorchParallel final : public ParallelFor {
 public:
  void run(int64_t n, int64_t grain, RangeFunction function) const override {
    const int threads = num_threads();
    const ParallelCut cut(n, grain, threads);
    if (cut.pieces < 2 || openmp_.in_parallel()) return cut.run_all(function);
    Job job{openmp_, cut, function, {}, {}};
    // Always the full number: a smaller team makes libgomp end the surplus threads and start them again next time.
    openmp_.parallel(&Job::run_in_thread, &job, static_cast<unsigned>(threads), 0);
    if (job.first_exception) std::rethrow_exception(job.first_exception);
  }
  int num_threads() const override { return at::get_num_threads(); }

 private:
  const OpenMp openmp_ = find_openmp();
};

}  // namespace

const ParallelFor& torch_parallel() {
  static const TorchParallel instance;
  return instance;
}

}  // namespace spinel
