// How a benchmark times functions beside each other, sums up ratios, and reads its command line.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "spinel/base/error.h"

namespace spinel {

/// Seconds of a clock that never goes back.
inline double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Seconds that processors have worked for this process: what other programs take away does not count. On several
/// threads their sum, with what they wait for each other in loops.
inline double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// How functions take turns: a turn repeats a function until it has lasted `turn_seconds`; of `rounds` turns the median
/// counts, or with `best` the fastest, for a machine that others use too.
struct TurnOptions {
  int rounds = 11;
  double turn_seconds = 0.004;
  bool best = false;
  double (*clock)() = seconds;
};

/// Seconds of a call of each function, taken in turns: first, second, …, first, second, ….
inline std::vector<double> time_in_turns(const std::vector<std::function<void()>>& functions,
                                         const TurnOptions& options = {}) {
  const auto run = [&](const std::function<void()>& function, int count) {
    const double start = options.clock();
    for (int k = 0; k < count; ++k) function();
    return (options.clock() - start) / count;
  };
  std::vector<int> counts;
  for (const auto& function : functions) {
    function();
    counts.push_back(std::max(1, static_cast<int>(options.turn_seconds / std::max(run(function, 1), 1e-7))));
  }
  std::vector<std::vector<double>> times(functions.size());
  for (int round = 0; round < options.rounds; ++round) {
    for (size_t k = 0; k < functions.size(); ++k) times[k].push_back(run(functions[k], counts[k]));
  }
  std::vector<double> result;
  for (auto& list : times) {
    std::sort(list.begin(), list.end());
    result.push_back(list[options.best ? 0 : list.size() / 2]);
  }
  return result;
}

/// Geometric mean and least of ratios of times, and how many lie below what is asked of them.
struct Ratios {
  double log_sum = 0, least = 1e9;
  int count = 0, below = 0;
  void add(double ratio, bool is_below) {
    log_sum += std::log(ratio), ++count;
    least = std::min(least, ratio);
    below += is_below;
  }
  void add(const Ratios& other) {
    log_sum += other.log_sum, count += other.count, below += other.below;
    least = std::min(least, other.least);
  }
  double mean() const { return count ? std::exp(log_sum / count) : 0; }
};

/// The value of an option --name=value, or nothing where `text` is none of that name.
inline std::optional<std::string> option(const std::string& text, const std::string& name) {
  const std::string start = "--" + name + "=";
  return text.starts_with(start) ? std::optional(text.substr(start.size())) : std::nullopt;
}

/// A number from 1 to `most`; else invalid_argument.
inline int64_t positive_number(const std::string& text, int64_t most) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  require(error == std::errc() && rest == end && value > 0 && value <= most,
          "arguments: '{}' is neither an option nor a number from 1 to {}; --help lists the options", text, most);
  return value;
}

/// The main function of a program whose body takes its arguments: prints `help` where it is asked for, errors as lines.
template <typename Body>
int run_program(int argc, char** argv, const char* help, Body body) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    for (const std::string& text : arguments) {
      if (text == "--help" || text == "-h") return std::fputs(help, stdout) < 0;
    }
    body(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

}  // namespace spinel
