#include "spinel/base/platform/worker_pool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <set>
#include <thread>

#ifndef _WIN32
#include <unistd.h>
#endif

namespace spinel {
namespace {

using Status = WorkerResult::Status;

std::map<int64_t, WorkerResult> run(int64_t n, int workers, double timeout,
                                    const std::function<std::string(int64_t)>& task) {
  std::map<int64_t, WorkerResult> results;
  run_in_workers(n, workers, timeout, task, [&](int64_t index, const WorkerResult& result) {
    EXPECT_FALSE(results.contains(index));
    results[index] = result;
  });
  return results;
}

TEST(WorkerPool, GivesEveryResultOnce) {
  const auto results = run(50, 3, 60, [](int64_t i) { return std::string(static_cast<size_t>(i) * 5000, 'x'); });
  ASSERT_EQ(results.size(), 50u);
  for (const auto& [index, result] : results) {
    EXPECT_EQ(result.status, Status::done);
    EXPECT_EQ(result.text.size(), static_cast<size_t>(index) * 5000);
  }
  EXPECT_TRUE(run(0, 3, 60, [](int64_t) { return ""; }).empty());
}

#ifndef _WIN32
// ST-20
TEST(WorkerPool, ACrashIsTheTasksOwn) {
  const auto results = run(6, 2, 60, [](int64_t i) -> std::string {
    if (i == 1) {
      std::signal(SIGABRT, SIG_DFL);
      raise(SIGABRT);
    }
    if (i == 3) _exit(7);
    return "ok";
  });
  ASSERT_EQ(results.size(), 6u);
  EXPECT_EQ(results.at(1).status, Status::crashed);
  EXPECT_EQ(results.at(1).text.substr(0, 8), "signal 6");
  EXPECT_EQ(results.at(3).text, "exit status 7");
  for (const int64_t i : {0, 2, 4, 5}) EXPECT_EQ(results.at(i).text, "ok");
}

TEST(WorkerPool, AHangingTaskIsKilled) {
  const auto start = std::chrono::steady_clock::now();
  const auto results = run(3, 1, 0.3, [](int64_t i) -> std::string {
    while (i == 1) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return "ok";
  });
  EXPECT_EQ(results.at(1).status, Status::timed_out);
  EXPECT_EQ(results.at(2).text, "ok");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(WorkerPool, AWorkerServesManyTasks) {
  // Threads and memory of a worker are kept: one process for all of them.
  std::set<std::string> processes;
  for (const auto& [index, result] : run(10, 1, 60, [](int64_t) { return std::to_string(getpid()); })) {
    processes.insert(result.text);
  }
  EXPECT_EQ(processes.size(), 1u);
}
#endif

}  // namespace
}  // namespace spinel
