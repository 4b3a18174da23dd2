// A progress bar with rate, remaining time and current metrics; plain lines where stderr is no terminal.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace spinel {

struct ProgressOptions {
  std::string unit = "it";    ///< what is counted: "batch", "frame", "step"
  bool quiet = false;         ///< nothing is written
  double bar_interval = 0.1;  ///< s between two drawings of the bar
  double line_interval = 10;  ///< s between two plain lines
  // The rest has its defaults from the system; tests replace it.
  int terminal_width = -1;                      ///< columns; 0: plain lines; -1: as stderr is
  std::function<double()> clock;                ///< monotonic seconds
  std::function<void(std::string_view)> write;  ///< to stderr
};

/// On a terminal one line that is redrawn:
///   train  40%|████████            | 12/30 [00:03<00:05, 3.4 batch/s, loss=0.12]
/// elsewhere the same without the bar, one line every `line_interval` and one at the end.
class Progress {
 public:
  /// `total` 0: unknown, shown as count and rate alone.
  Progress(std::string label, int64_t total, ProgressOptions options = {});
  /// As finish(); where an error ends the work, nothing more is drawn.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of `total`; `metrics` is shown as it is.
  void update(int64_t done, std::string_view metrics = "");
  /// Draws the last state and ends the line; nothing where there was no update.
  void finish();

 private:
  friend class ProgressPause;
  std::string state() const;
  void draw();
  void clear();
  void abandon();

  std::string label_;
  int64_t total_, done_ = 0;
  ProgressOptions options_;
  std::string metrics_;
  double start_, last_drawn_;
  bool updated_ = false, finished_ = false, visible_ = false;
  int exceptions_ = std::uncaught_exceptions();  ///< that were on their way when it was made
};

/// Takes the bar off the terminal while something else is written there; the next update draws it again.
class ProgressPause {
 public:
  ProgressPause();

 private:
  std::unique_lock<std::recursive_mutex> lock_;
};

/// "00:07", "03:25", "2:03:25", "4d 02:03:25".
std::string format_duration(double seconds);

}  // namespace spinel
