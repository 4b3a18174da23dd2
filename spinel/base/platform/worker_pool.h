// Runs tasks in child processes, so that one that crashes or hangs is its own failure only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace spinel {

/// What became of one task.
struct WorkerResult {
  enum class Status { done, crashed, timed_out };
  Status status = Status::done;
  std::string text;  ///< what the task returned, or how its process ended ("signal 11 (Segmentation fault)")
};

/// Runs task(0) … task(n − 1) in `num_workers` forked copies of this process, one task at a time each, and calls `done`
/// here in the order in which they end. A task that takes longer than `timeout` seconds is killed. Call it while this
/// process has no other threads: a fork copies only the calling one.
/// On Windows, which cannot fork, the tasks run in this process and neither crash nor time limit is caught.
void run_in_workers(int64_t n, int num_workers, double timeout, const std::function<std::string(int64_t)>& task,
                    const std::function<void(int64_t, const WorkerResult&)>& done);

}  // namespace spinel
