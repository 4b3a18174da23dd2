// Forked processes for tests of runs that are killed or that train together.
#pragma once

#include <ATen/Parallel.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <thread>

#include "spinel/base/log.h"
#include "spinel/base/platform/file.h"

namespace spinel::train {

/// Starts `action` in a forked process that ends with the status it returns, 99 after an exception. After 60 seconds
/// the process is ended, so that a hanging one fails its test.
inline pid_t start_process(const std::function<int()>& action) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  alarm(60);
  at::set_num_threads(1);  // the threads of the parent are not there, and waiting for them would never end
  set_log_level(LogLevel::off);
  int status = 99;
  try {
    status = action();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "process %d: %s\n", static_cast<int>(getpid()), error.what());
  }
  _exit(status);
}

/// Waits for the end; the status is what waitpid gives.
inline int finish_process(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

/// Waits until the file is there; false: not within 20 seconds.
inline bool wait_for_file(const std::string& path) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!file_exists(path)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace spinel::train
