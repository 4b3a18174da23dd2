#include "spinel/base/parallel.h"

#ifndef _WIN32
#include <pthread.h>
#endif

#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/parallel_cut.h"
#include "spinel/base/platform/cpu.h"

namespace spinel {
namespace {

class Serial final : public ParallelFor {
 public:
  void run(int64_t n, int64_t, RangeFunction function) const override {
    if (n > 0) function(0, n);
  }
  int num_threads() const override { return 1; }
};

/// True in a thread that runs a piece, where a further call must not wait for the pool.
thread_local bool inside_piece = false;

/// Marks the thread for the time of one piece.
class InsidePiece {
 public:
  InsidePiece() : before_(inside_piece) { inside_piece = true; }
  ~InsidePiece() { inside_piece = before_; }

 private:
  bool before_;
};

/// One loop that is being run.
struct Job {
  const ParallelCut& cut;
  RangeFunction function;
  std::atomic<bool> failed{false};
  std::exception_ptr first_exception;

  void run(int64_t index) {
    const InsidePiece mark;
    try {
      cut.run(index, function);
    } catch (...) {
      if (!failed.exchange(true)) first_exception = std::current_exception();
    }
  }
};

/// Threads that each wait for a job in a slot of their own, so that a small loop wakes only those it needs.
class Workers {
 public:
  explicit Workers(int count) : slots_(static_cast<size_t>(count)) {
    threads_.reserve(slots_.size());
    try {
      for (size_t i = 0; i < slots_.size(); ++i) threads_.emplace_back([this, i] { work(i); });
    } catch (const std::system_error&) {
      // The system gives no more threads: those that there are do the work.
    }
  }
  ~Workers() {
    for (size_t i = 0; i < threads_.size(); ++i) hand_over(i, &stop_);
    for (std::thread& thread : threads_) thread.join();
  }
  int count() const { return static_cast<int>(threads_.size()); }

  /// Runs all pieces; the caller takes piece 0. One job at a time.
  void run(Job& job) {
    const int64_t helpers = job.cut.pieces - 1;
    remaining_.store(helpers, std::memory_order_relaxed);
    for (int64_t i = 0; i < helpers; ++i) hand_over(static_cast<size_t>(i), &job);
    job.run(0);
    for (int64_t left; (left = remaining_.load(std::memory_order_acquire)) != 0;) remaining_.wait(left);
  }

 private:
  struct alignas(64) Slot {
    std::atomic<Job*> job{nullptr};
  };

  void hand_over(size_t index, Job* job) {
    slots_[index].job.store(job, std::memory_order_release);
    slots_[index].job.notify_one();
  }

  void work(size_t index) {
    std::atomic<Job*>& slot = slots_[index].job;
    for (;;) {
      slot.wait(nullptr);
      Job* job = slot.load(std::memory_order_acquire);
      if (job == &stop_) return;
      if (!job) continue;
      slot.store(nullptr, std::memory_order_relaxed);
      job->run(static_cast<int64_t>(index) + 1);
      // The job may be gone after the last piece is counted; the counter belongs to the pool and stays.
      if (remaining_.fetch_sub(1, std::memory_order_acq_rel) == 1) remaining_.notify_one();
    }
  }

  std::vector<Slot> slots_;
  std::vector<std::thread> threads_;
  std::atomic<int64_t> remaining_{0};
  const ParallelCut no_cut_{0, 1, 1};
  Job stop_{no_cut_, [](int64_t, int64_t) {}, {}, {}};
};

class ThreadPool final : public ParallelFor {
 public:
  void run(int64_t n, int64_t grain, RangeFunction function) const override {
    const ParallelCut cut(n, grain, num_threads());
    std::unique_lock lock(busy_, std::defer_lock);
    // Inside a piece, or while another thread has the pool, the same pieces are run here one after another.
    if (cut.pieces < 2 || inside_piece || !lock.try_lock()) return cut.run_all(function);
    if (!workers_) start();
    if (workers_->count() + 1 < cut.pieces) return cut.run_all(function);
    Job job{cut, function, {}, {}};
    workers_->run(job);
    if (job.first_exception) std::rethrow_exception(job.first_exception);
  }

  int num_threads() const override { return size_; }

  void resize(int num_threads) {
    require(num_threads >= 0 && num_threads <= 4096, "threads: {} are asked for; 1 to 4096, or 0 for one per core",
            num_threads);
    require(!inside_piece, "threads: their number cannot change inside a parallel loop");
    const std::lock_guard lock(busy_);
    workers_.reset();
    size_ = num_threads == 0 ? available_cores() : num_threads;
  }

  /// In a forked child the threads are gone; what is left of them is dropped without being joined.
  void forget_threads() {
    (void)workers_.release();
    new (&busy_) std::mutex;
  }

 private:
  void start() const {
    workers_ = std::make_unique<Workers>(size_ - 1);
    size_ = workers_->count() + 1;
  }

  mutable std::mutex busy_;
  mutable std::unique_ptr<Workers> workers_;
  mutable std::atomic<int> size_{available_cores()};
};

ThreadPool& pool() {
  static ThreadPool& instance = [&]() -> ThreadPool& {
    static ThreadPool made;
#ifndef _WIN32
    pthread_atfork(nullptr, nullptr, [] { made.forget_threads(); });
#endif
    return made;
  }();
  return instance;
}

}  // namespace

const ParallelFor& serial() {
  static const Serial instance;
  return instance;
}

const ParallelFor& thread_pool() { return pool(); }
void set_thread_pool_size(int num_threads) { pool().resize(num_threads); }

}  // namespace spinel
