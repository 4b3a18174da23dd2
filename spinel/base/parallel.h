// How loops are split over threads: an interface handed to kernels, a serial one and a pool for programs without
// libtorch.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace spinel {

/// A non-owning reference to a callable `void(int64_t begin, int64_t end)`; valid only during the call it is passed to.
class RangeFunction {
 public:
  template <typename F, typename = std::enable_if_t<!std::is_same_v<std::decay_t<F>, RangeFunction>>>
  RangeFunction(F&& function)
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(function)))),
        call_([](void* object, int64_t begin, int64_t end) {
          (*static_cast<std::remove_reference_t<F>*>(object))(begin, end);
        }) {}
  void operator()(int64_t begin, int64_t end) const { call_(object_, begin, end); }

 private:
  void* object_;
  void (*call_)(void*, int64_t, int64_t);
};

/// Runs a loop over [0, n) in contiguous pieces. Exceptions thrown by a piece reach the caller (the first one).
class ParallelFor {
 public:
  virtual ~ParallelFor() = default;
  /// Pieces hold at least `grain` iterations (but for the last); the cut depends only on n, grain and num_threads(),
  /// so results are reproducible at a given thread count. A nested call runs serially.
  virtual void run(int64_t n, int64_t grain, RangeFunction function) const = 0;
  virtual int num_threads() const = 0;
};

/// Everything in the calling thread.
const ParallelFor& serial();
/// The process-wide pool of base (programs without libtorch; those with it use hosts/torch/parallel.h).
const ParallelFor& thread_pool();
/// Threads of thread_pool() from its next use on; 0: one per core the process may run on.
void set_thread_pool_size(int num_threads);

}  // namespace spinel
