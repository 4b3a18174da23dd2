#ifdef _WIN32

#include "spinel/base/platform/worker_pool.h"

namespace spinel {

void run_in_workers(int64_t n, int, double, const std::function<std::string(int64_t)>& task,
                    const std::function<void(int64_t, const WorkerResult&)>& done) {
  for (int64_t i = 0; i < n; ++i) done(i, {WorkerResult::Status::done, task(i)});
}

}  // namespace spinel

#endif
