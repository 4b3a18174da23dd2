#include <ATen/core/Tensor.h>

#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "spinel/base/error.h"
#include "spinel/base/log.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/progress.h"
#include "spinel/cli/commands.h"
#include "spinel/cli/frame_source.h"
#include "spinel/cli/learning_curves.h"
#include "spinel/cli/output.h"
#include "spinel/cli/plot/axis.h"
#include "spinel/cli/plot/report.h"
#include "spinel/cli/predict_graphs.h"
#include "spinel/cli/prediction_file.h"
#include "spinel/models/list.h"
#include "spinel/train/predictor.h"

namespace spinel::cli {
namespace {

struct PredictArguments {
  std::string checkpoint, input, output, plot, report, part;
  train::PredictorOptions options;
  bool skip_bad = false;
};

void refuse_overwriting(const PredictArguments& arguments) {
  for (const std::string& path : {arguments.output, arguments.plot, arguments.report}) {
    if (path.empty()) continue;
    refuse_same_file(path, arguments.input);
    refuse_same_file(path, train::resolve_checkpoint(arguments.checkpoint));
  }
  refuse_shared_files({arguments.output, arguments.plot, arguments.report});
}

/// Errors of one output, and those of the best constant: the training part's mean, or zero for what is per atom.
struct Errors {
  TargetKey key;
  plot::ParityCollector collector;
  double constant_sum = 0;
  int64_t constant_count = 0;

  void add_to_constant(const std::vector<double>& targets) {
    if (key.per_atom) return;
    for (const double target : targets) {
      if (!std::isfinite(target)) continue;
      constant_sum += target;
      ++constant_count;
    }
  }
  double constant_mae(const plot::ParityData& data) const {
    const double constant = constant_count ? constant_sum / static_cast<double>(constant_count) : 0;
    double sum = 0;
    for (const double target : data.target) sum += std::abs(target - constant);
    return data.target.empty() ? 0 : sum / static_cast<double>(data.target.size());
  }
};

class Prediction {
 public:
  Prediction(const PredictArguments& arguments, train::Predictor predictor)
      : arguments_(arguments), predictor_(std::move(predictor)), source_(arguments.input, arguments.skip_bad) {
    for (TargetKey& key : target_keys(predictor_.checkpoint(), predictor_.outputs())) {
      plot::ParityCollector collector(key.output, key.unit);
      errors_.push_back({std::move(key), std::move(collector)});
    }
    if (!arguments.part.empty()) {
      chosen_ = indices(arguments.part);
      training_ = indices("train");
    }
  }

  void run() {
    std::vector<TargetKey> keys;
    for (const Errors& errors : errors_) keys.push_back(errors.key);
    write_file_atomic(arguments_.output, [&](File& file) {
      PredictionWriter writer(file, prediction_format(arguments_.output), keys);
      Progress progress("predict", chosen_ ? static_cast<int64_t>(chosen_->size()) : 0, {.unit = "frame"});
      std::vector<Frame> frames;
      std::vector<int64_t> places;
      const auto flush = [&] {
        predict(writer, frames, places);
        progress.update(done_);
        frames.clear();
        places.clear();
      };
      for (Frame frame; source_.next(frame); frame = Frame()) {
        for (Errors& errors : errors_) {
          if (!chosen_ || training_->contains(source_.index())) {
            errors.add_to_constant(target_values(frame, errors.key));
          }
        }
        if (chosen_ && !chosen_->contains(source_.index())) continue;
        frames.push_back(std::move(frame));
        places.push_back(source_.index());
        if (static_cast<int64_t>(frames.size()) == arguments_.options.batch_size) flush();
      }
      flush();
    });
  }

  void print_summary() const {
    print_line(format("{} frames predicted, written to {}", done_, arguments_.output));
    if (source_.skipped()) {
      log_warning("{} frames left out; the first: {}", source_.skipped(), source_.first_error());
    }
    for (const Errors& errors : errors_) {
      if (errors.collector.count() == 0) continue;
      const std::string unit = " " + errors.key.unit;
      print_line(errors.key.output + ": MAE " + plot::significant_text(errors.collector.mae(), 4) + unit + ", RMSE " +
                 plot::significant_text(errors.collector.rmse(), 4) + unit + "; the best constant: MAE " +
                 plot::significant_text(errors.constant_mae(errors.collector.data()), 4) + unit);
      if (errors.collector.skipped()) {
        log_warning("{}: {} values are not finite and count in no error", errors.key.output,
                    errors.collector.skipped());
      }
    }
  }

  void draw() {
    std::vector<plot::ParityData> quantities;
    for (const Errors& errors : errors_) {
      if (errors.collector.count()) quantities.push_back(errors.collector.data());
    }
    if (!arguments_.plot.empty()) plot::write_parity_png(arguments_.plot, quantities);
    if (arguments_.report.empty()) return;
    const train::Checkpoint& checkpoint = predictor_.checkpoint();
    const std::string file = train::resolve_checkpoint(arguments_.checkpoint);
    plot::Report report;
    report.title = checkpoint.model_name + " on " + file_name_of(arguments_.input);
    report.facts = {{"model", format("{}, {} parameters", checkpoint.model_name, predictor_.model().num_parameters())},
                    {"checkpoint", file},
                    {"data", arguments_.input + (arguments_.part.empty() ? "" : ", part " + arguments_.part)},
                    {"frames", format("{}", done_)}};
    report.quantities = std::move(quantities);
    report.curves = read_learning_curves(join_path(folder_of(folder_of(file)), "log.jsonl"));
    plot::write_html_report(arguments_.report, report);
  }

 private:
  std::optional<std::set<int64_t>> indices(const std::string& part) const {
    const Config& split = predictor_.checkpoint().split;
    const Config* list = split.is_map() ? split.find(part) : nullptr;
    require(list && list->is_list(),
            "--part {}: the checkpoint holds no such part; it has a split only if one dataset "
            "was divided into train, val and test",
            part);
    const std::vector<int64_t> numbers = list->as_ints();
    return std::set<int64_t>(numbers.begin(), numbers.end());
  }

  /// Where a frame of the batch cannot be predicted, the others are, if that is wished.
  void predict(PredictionWriter& writer, const std::vector<Frame>& frames, const std::vector<int64_t>& places) {
    if (frames.empty()) return;
    try {
      const std::vector<train::Prediction> predictions = predictor_.predict(frames);
      for (size_t k = 0; k < frames.size(); ++k) take(writer, frames[k], places[k], predictions[k]);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::invalid_argument) throw;
      if (frames.size() == 1) {
        // The predictor counts the frames that it was given, the user those of the file.
        const std::string message = error.what(), own_place = "frame 1: ";
        const std::string text = format("{}: frame {}: {}", arguments_.input, places.front() + 1,
                                        message.substr(message.starts_with(own_place) ? own_place.size() : 0));
        if (arguments_.skip_bad) return source_.skip(text);
        throw Error(error.kind(), text);
      }
      for (size_t k = 0; k < frames.size(); ++k) predict(writer, {frames[k]}, {places[k]});
    }
  }

  void take(PredictionWriter& writer, const Frame& frame, int64_t place, const train::Prediction& prediction) {
    writer.write(place, frame, prediction);
    ++done_;
    for (Errors& errors : errors_) {
      const at::Tensor* output = prediction.find(errors.key.output);
      const std::vector<double> targets = target_values(frame, errors.key);
      if (!output || static_cast<int64_t>(targets.size()) != output->numel()) continue;
      const at::Tensor values = output->contiguous();
      for (size_t k = 0; k < targets.size(); ++k) errors.collector.add(targets[k], values.const_data_ptr<double>()[k]);
    }
  }

  const PredictArguments& arguments_;
  train::Predictor predictor_;
  FrameSource source_;
  std::vector<Errors> errors_;
  std::optional<std::set<int64_t>> chosen_, training_;
  int64_t done_ = 0;
};

/// The options that only frames of atoms can do anything with.
int run_predict_graphs(train::Predictor& predictor, const PredictArguments& arguments) {
  require(arguments.plot.empty() && arguments.report.empty() && !arguments.skip_bad,
          "{}: it is a model of graphs, which --plot, --report and --skip-bad say nothing to; leave them out",
          arguments.checkpoint);
  return predict_graphs(predictor, {arguments.input, arguments.output, arguments.part});
}

int run_predict(const PredictArguments& arguments) {
  prediction_format(arguments.output);
  require(arguments.options.batch_size >= 1, "--batch-size: it is {}; it must be at least 1",
          arguments.options.batch_size);
  refuse_overwriting(arguments);
  train::Predictor predictor(arguments.checkpoint, models::model_list(), arguments.options);
  if (!predictor.model().is_atomistic()) return run_predict_graphs(predictor, arguments);
  Prediction prediction(arguments, std::move(predictor));
  prediction.run();
  prediction.print_summary();
  prediction.draw();
  return 0;
}

}  // namespace

Command predict_command() {
  return {
      "predict", "Predict energies, forces, classes and what else a trained model gives",
      "  spinel predict runs/ethanol molecules.xyz -o predicted.xyz\n"
      "  spinel predict best.safetensors big.xyz -o energies.csv --outputs energy --skip-bad\n"
      "  spinel predict runs/ethanol data.xyz --part test -o test.jsonl --plot parity.png --report report.html\n"
      "  spinel predict runs/karate_gcn data/karate-club/karate_club.safetensors -o classes.csv\n",
      [] {
        const auto a = std::make_shared<PredictArguments>();
        return Invocation{
            {{"CHECKPOINT", &a->checkpoint, "Checkpoint, or folder of a run", "", {.required = true}},
             {"INPUT",
              &a->input,
              "Extended XYZ file, also gzipped; of graphs a folder of TU files, or a safetensors file of one",
              "",
              {.required = true}},
             {"-o,--output", &a->output, "Predictions: .xyz (of atoms), .csv or .jsonl", "FILE", {.required = true}},
             {"--part", &a->part, "Only the frames of this part of the run's split: train, val or test", "PART"},
             {"--outputs",
              &a->options.outputs,
              "Which outputs; all that the model has otherwise",
              "NAME,…",
              {.separator = ','}},
             {"--skip-bad", &a->skip_bad, "Leave out and count frames that cannot be used"},
             {"--plot", &a->plot, "Parity plot, where the input has targets", "FILE.png"},
             {"--report", &a->report, "Parity plots, error histograms and learning curves on one page", "FILE.html"},
             {"--batch-size", &a->options.batch_size, "Frames at a time [32]", "N"},
             {"--dtype", &a->options.dtype, "float32 or float64; as trained otherwise", "TYPE"},
             {"--device", &a->options.device, "cpu or cuda [cpu]", "DEVICE"},
             {"--strict", &a->options.strict, "Refuse a checkpoint with tensors that its model has no place for"}},
            [a] { return run_predict(*a); }};
      }};
}

}  // namespace spinel::cli
