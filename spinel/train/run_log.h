// The log of a run: scalars and events as JSON Lines, and the scalars also for TensorBoard.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spinel/base/config.h"

namespace spinel::train {

struct RunLogOptions {
  bool tensorboard = true;
  /// A resumed run keeps what the log has up to this step and drops the rest; absent: an existing log is replaced.
  std::optional<int64_t> resume_step;
};

/// Writes `<folder>/log.jsonl` and `<folder>/events.out.tfevents.*`.
///
/// A line of log.jsonl is one object: {"step": 120, "time": seconds since 1970, "train/loss": 0.03, …} for scalars, or
/// an event with a step and keys of its own. NaN and infinities are the strings "nan", "inf", "-inf". Lines are written
/// whole; a line that a kill has cut short is dropped at the next resume.
class RunLog {
 public:
  /// Creates the folder. A log of another form is no error: lines that cannot be read are dropped.
  explicit RunLog(const std::string& folder, const RunLogOptions& options = {});
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  void scalar(std::string_view name, int64_t step, double value) { scalars(step, {{std::string(name), value}}); }
  /// One line for all of them.
  void scalars(int64_t step, const std::vector<std::pair<std::string, double>>& values);
  /// A map; gets "step" (that of the last scalars, where it has none) and "time" in front.
  void event(const Config& event);
  /// Hands both files to the system; a full disk is unavailable with the path. Also called at the end, silently.
  void flush();
  const std::string& path() const { return path_; }

 private:
  struct Output;
  void line(Config entry);
  std::string path_;
  std::unique_ptr<Output> output_;
  int64_t last_step_ = 0;
};

/// The lines of a log.jsonl up to and with `last_step`, in order; broken lines, and those without a step, are left out.
std::vector<Config> read_run_log(const std::string& path, std::optional<int64_t> last_step = std::nullopt);

}  // namespace spinel::train
