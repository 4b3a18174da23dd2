#include "spinel/train/report.h"

#include <optional>

#include "spinel/base/format.h"
#include "spinel/base/log.h"
#include "spinel/base/progress.h"
#include "spinel/train/run_log.h"

namespace spinel::train {

struct Report::State {
  State(const TrainerOptions& options, int64_t step, int64_t steps)
      : log(options.output_dir, {.tensorboard = options.use_tensorboard,
                                 .resume_step = step > 0 ? std::optional<int64_t>(step) : std::nullopt}),
        progress("train", steps, {.unit = "batch", .quiet = !options.progress}) {}

  void write(const std::string& part, int64_t step, Scores scores) {
    for (auto& entry : scores) entry.first = part + "/" + entry.first;
    log.scalars(step, scores);
  }

  RunLog log;
  Progress progress;
};

Report::Report(const TrainerOptions& options, bool silent, int64_t step, int64_t steps)
    : state_(silent ? nullptr : std::make_unique<State>(options, step, steps)) {}
Report::~Report() = default;

void Report::advance(const ReportPlace& place, double loss) {
  if (!state_) return;
  state_->progress.update(place.step, format("epoch {}/{}, loss={:.5g}", place.epoch, place.epochs, loss));
}

void Report::train(const ReportPlace& place, double lr, const Scores& scores) {
  if (!state_) return;
  log_info("Train: Epoch [{}/{}] | Step: [{}/{}] | lr: {:.6f} | {}", place.epoch, place.epochs, place.batch,
           place.batches, lr, score_text(scores));
  Scores with_rate{{"lr", lr}, {"epoch", static_cast<double>(place.epoch)}};
  with_rate.insert(with_rate.end(), scores.begin(), scores.end());
  state_->write("train", place.step, std::move(with_rate));
}

void Report::evaluation(const std::string& part, const ReportPlace& place, const Scores& scores, bool logged) {
  if (!state_) return;
  log_info("{}: Epoch [{}/{}] | {}", part, place.epoch, place.epochs, score_text(scores));
  if (logged) state_->write(part == "Eval" ? "val" : "test", place.step, scores);
}

void Report::finish() {
  if (state_) state_->progress.finish();
}

void Report::flush() {
  if (state_) state_->log.flush();
}

std::string score_text(const Scores& scores) {
  std::string text;
  for (const auto& [name, value] : scores) {
    const bool loss = name == "loss" || name.starts_with("loss/");
    text += format("{}{}({}): {:.6f}", text.empty() ? "" : " | ", name, loss ? "loss" : "metric", value);
  }
  return text;
}

}  // namespace spinel::train
