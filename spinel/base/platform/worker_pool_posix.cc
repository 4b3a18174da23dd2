#ifndef _WIN32

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/platform/worker_pool.h"

namespace spinel {
namespace {

using Clock = std::chrono::steady_clock;

bool write_all(int descriptor, const void* data, size_t size) {
  const char* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = write(descriptor, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

bool read_all(int descriptor, void* data, size_t size) {
  char* bytes = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t got = read(descriptor, bytes, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

std::string ending_text(int status) {
  if (WIFSIGNALED(status)) {
    return format("signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  }
  return format("exit status {}", WEXITSTATUS(status));
}

/// One child: it reads indices of tasks from a pipe and answers each with the length and bytes of the result.
class Worker {
 public:
  Worker(const std::function<std::string(int64_t)>& task, const std::vector<Worker>& others) {
    int tasks[2], results[2];
    if (pipe(tasks) != 0) fail(ErrorKind::unavailable, "workers: no pipe ({})", std::strerror(errno));
    if (pipe(results) != 0) {
      close(tasks[0]);
      close(tasks[1]);
      fail(ErrorKind::unavailable, "workers: no pipe ({})", std::strerror(errno));
    }
    // What is buffered would otherwise be written by both processes.
    std::fflush(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      for (const Worker& other : others) other.close_pipes();
      close(tasks[1]);
      close(results[0]);
      serve(task, tasks[0], results[1]);
    }
    close(tasks[0]);
    close(results[1]);
    tasks_ = tasks[1];
    results_ = results[0];
    if (pid_ < 0) {
      close_pipes();
      fail(ErrorKind::unavailable, "workers: no process ({})", std::strerror(errno));
    }
  }

  void give(int64_t index, double timeout) {
    index_ = index;
    deadline_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(timeout));
    // A child that is gone is noticed when its answer is read.
    write_all(tasks_, &index, sizeof index);
  }

  /// The answer that has come, or how the child ended; then the worker is gone.
  WorkerResult take(bool& alive) {
    uint64_t size = 0;
    WorkerResult result;
    if (read_all(results_, &size, sizeof size)) {
      result.text.resize(size);
      if (read_all(results_, result.text.data(), size)) return result;
    }
    alive = false;
    return {WorkerResult::Status::crashed, ending_text(end())};
  }

  WorkerResult kill_hanging() {
    kill(pid_, SIGKILL);
    end();
    return {WorkerResult::Status::timed_out, "killed"};
  }

  /// Closes the pipes, upon which the child ends, and waits for it.
  int end() {
    close_pipes();
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    return status;
  }

  int results() const { return results_; }
  int64_t index() const { return index_; }
  bool idle() const { return index_ < 0; }
  void set_idle() { index_ = -1; }
  Clock::time_point deadline() const { return deadline_; }

 private:
  void close_pipes() const {
    close(tasks_);
    close(results_);
  }

  [[noreturn]] static void serve(const std::function<std::string(int64_t)>& task, int tasks, int results) {
    int64_t index = 0;
    while (read_all(tasks, &index, sizeof index)) {
      std::string text;
      try {
        text = task(index);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "worker: %s\n", error.what());
        _exit(3);
      }
      const uint64_t size = text.size();
      if (!write_all(results, &size, sizeof size) || !write_all(results, text.data(), size)) _exit(4);
    }
    // No destructors: they belong to the parent.
    _exit(0);
  }

  pid_t pid_ = -1;
  int tasks_ = -1, results_ = -1;
  int64_t index_ = -1;
  Clock::time_point deadline_;
};

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left + 1, 0, 60'000));
}

}  // namespace

void run_in_workers(int64_t n, int num_workers, double timeout, const std::function<std::string(int64_t)>& task,
                    const std::function<void(int64_t, const WorkerResult&)>& done) {
  std::vector<Worker> workers;
  int64_t next = 0;
  int64_t finished = 0;
  while (finished < n) {
    for (Worker& worker : workers) {
      if (worker.idle() && next < n) worker.give(next++, timeout);
    }
    while (next < n && static_cast<int>(workers.size()) < num_workers) {
      workers.emplace_back(task, workers);
      workers.back().give(next++, timeout);
    }
    std::vector<pollfd> waiting;
    int wait = 60'000;
    for (const Worker& worker : workers) {
      waiting.push_back({worker.idle() ? -1 : worker.results(), POLLIN, 0});
      if (!worker.idle()) wait = std::min(wait, milliseconds_until(worker.deadline()));
    }
    if (poll(waiting.data(), waiting.size(), wait) < 0 && errno != EINTR) {
      fail(ErrorKind::unavailable, "workers: cannot wait ({})", std::strerror(errno));
    }
    for (size_t k = workers.size(); k-- > 0;) {
      Worker& worker = workers[k];
      if (worker.idle()) continue;
      bool alive = true;
      WorkerResult result;
      if (waiting[k].revents != 0) {
        result = worker.take(alive);
      } else if (Clock::now() >= worker.deadline()) {
        result = worker.kill_hanging();
        alive = false;
      } else {
        continue;
      }
      const int64_t index = worker.index();
      worker.set_idle();
      if (!alive) workers.erase(workers.begin() + static_cast<ptrdiff_t>(k));
      ++finished;
      done(index, result);
    }
  }
  for (Worker& worker : workers) worker.end();
}

}  // namespace spinel

#endif
