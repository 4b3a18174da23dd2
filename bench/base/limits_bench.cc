// What the machine can do at most: memory bandwidth, gathering rows, arithmetic; the limits that our figures are set
// against. Usage: limits_bench [threads …]; without arguments 1 and all cores. Prints one line a figure.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "bench/limits.h"
#include "spinel/base/allocation.h"
#include "spinel/base/parallel.h"
#include "spinel/base/platform/cpu.h"
#include "spinel/base/platform/file.h"

namespace spinel {
namespace {

constexpr int64_t stream_elements = int64_t{1} << 25;  // 128 MiB of float: beyond every cache

double median_time(const std::function<void()>& action) {
  return time_in_turns({action}, {.rounds = 5, .turn_seconds = 0})[0];
}

void report(const char* what, int threads, double value, const char* unit) {
  std::printf("%-34s %2d threads %10.2f %s\n", what, threads, value, unit);
}

void stream(int threads) {
  std::vector<float> a(stream_elements, 1.f), b(stream_elements, 2.f), c(stream_elements, 0.f);
  const auto each = [&](auto body) {
    return median_time([&] {
      thread_pool().run(stream_elements, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) body(i);
      });
    });
  };
  const double bytes = 4.0 * stream_elements;
  report("copy c = a", threads, 2 * bytes / each([&](int64_t i) { c[i] = a[i]; }) / 1e9, "GB/s");
  report("triad c = a + s b", threads, 3 * bytes / each([&](int64_t i) { c[i] = a[i] + 3.f * b[i]; }) / 1e9, "GB/s");
}

void gather(int threads, int64_t row_bytes) {
  const Gather gather(thread_pool(), row_bytes);
  const std::string what = "gather rows of " + std::to_string(row_bytes) + " B";
  report(what.c_str(), threads, gather.bytes() / median_time([&] { gather(); }) / 1e9, "GB/s");
}

/// Fused multiply-adds on values that stay in registers: 8 of 32 bytes cover a latency of 4 cycles on two ports.
#if defined(__x86_64__) && defined(__clang__)
#define BEST_TARGET __attribute__((target("avx2,fma")))
#else
#define BEST_TARGET
#endif
template <typename T>
BEST_TARGET T multiply_adds(int64_t steps) {
  constexpr int chains = 64 / sizeof(T) * 4;
  T values[chains];
  for (int i = 0; i < chains; ++i) values[i] = static_cast<T>(i) * T(1e-3);
  for (int64_t step = 0; step < steps; ++step) {
    for (int i = 0; i < chains; ++i) values[i] = values[i] * T(0.999) + T(1e-3);
  }
  return std::accumulate(values, values + chains, T(0));
}

template <typename T>
void arithmetic(int threads, const char* what) {
  constexpr int64_t steps = 2'000'000;
  volatile T sink = 0;
  const double time =
      median_time([&] { thread_pool().run(threads, 1, [&](int64_t, int64_t) { sink = multiply_adds<T>(steps); }); });
  report(what, threads, 2.0 * steps * (64 / sizeof(T) * 4) * threads / time / 1e9, "GFLOP/s");
}

/// Writes to memory that the process has never held, as against memory that it had before.
void first_touch() {
  constexpr size_t size = size_t{256} << 20;
  const auto fill = [](char* block) {
    const double start = seconds();
    for (size_t i = 0; i < size; i += 64) block[i] = 1;
    asm volatile("" : : "r"(block) : "memory");  // else the compiler drops the writes
    return static_cast<double>(size) / (seconds() - start) / 1e9;
  };
  char* block = static_cast<char*>(std::malloc(size));
  report("first touch of fresh memory", 1, fill(block), "GB/s");
  report("second touch of the same", 1, fill(block), "GB/s");
  std::free(block);
}

void measure(int threads) {
  set_thread_pool_size(threads);
  stream(threads);
  for (const int64_t row_bytes : {64, 256, 512, 2048}) gather(threads, row_bytes);
  arithmetic<float>(threads, "multiply-add, float (AVX2)");
  arithmetic<double>(threads, "multiply-add, double (AVX2)");
}

}  // namespace
}  // namespace spinel

int main(int argc, char** argv) {
  using namespace spinel;
  std::printf("%d cores; load average %s", available_cores(), read_file("/proc/loadavg").c_str());
  first_touch();
  apply_allocation_policy();
  std::vector<int> counts;
  for (int i = 1; i < argc; ++i) counts.push_back(std::atoi(argv[i]));
  if (counts.empty()) counts = {1};
  if (argc < 2 && available_cores() > 1) counts.push_back(available_cores());
  for (const int threads : counts) measure(threads);
  std::printf("load average %s", read_file("/proc/loadavg").c_str());
}
