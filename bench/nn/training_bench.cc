// Full-batch training of a graph network of a file, timed on command: the counterpart of training.py.
// Commands on stdin: `open FILE WARM` answers with the growth of the peak in MiB by the first epoch after one on the
// small case WARM, `losses K` with those of the first K epochs, `steps K` with the seconds of an epoch, the mean of K,
// `processor K` with those that processors worked.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>

#include "bench/peak.h"
#include "bench/timing.h"
#include "spinel/base/config.h"
#include "spinel/base/safetensors.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "spinel/nn/activation.h"
#include "spinel/nn/conv/list.h"
#include "spinel/train/losses.h"
#include "spinel/train/optimizers.h"

namespace spinel {
namespace {

/// Convolutions with an activation between them, all nodes' classes as targets.
class Training {
 public:
  explicit Training(const std::string& path)
      : file_(SafetensorsFile::open(path)),
        spec_(parse_json(file_.metadata().at("spec"), path)),
        activation_(nn::make_activation(spec_.at("act"))),
        loss_(train::make_loss("cross_entropy")),
        x_(tensor("x")),
        edge_index_(tensor("edge_index")),
        y_(tensor("y")) {
    NamedTensors parameters;
    for (const Config& layer : spec_.at("layers").as_list()) {
      const std::string prefix = format("param.{}.", convs_.size());
      convs_.push_back(nn::make_conv(layer));
      NamedTensors state;
      for (const std::string& name : file_.names()) {
        if (name.starts_with(prefix)) state.set(name.substr(prefix.size()), tensor(name));
      }
      convs_.back()->load_state_dict(state);
      for (const auto& [name, parameter] : convs_.back()->named_parameters()) parameters.set(prefix + name, parameter);
    }
    optimizer_ = train::make_optimizer(Config::map({{"Adam", Config::map({{"lr", spec_.at("lr")}})}}), parameters);
  }

  /// The loss before the update.
  double epoch() {
    optimizer_->zero_grad();
    at::Tensor h = x_;
    for (const auto& conv : convs_) {
      if (conv != convs_.front()) h = activation_(h);
      h = *conv->call({{h, edge_index_}, {}}).at(0).tensor();
    }
    const at::Tensor loss = loss_(h, y_);
    loss.backward();
    optimizer_->step();
    return loss.item<double>();
  }

 private:
  at::Tensor tensor(const std::string& name) const { return to_tensor(file_.tensor(name), file_.owner()).clone(); }

  SafetensorsFile file_;
  Config spec_;
  nn::Activation activation_;
  train::Loss loss_;
  at::Tensor x_, edge_index_, y_;
  std::vector<std::unique_ptr<nn::CallableModule>> convs_;
  std::unique_ptr<train::Optimizer> optimizer_;
};

double seconds_each(Training& training, int count, double (*clock)()) {
  const double start = clock();
  for (int k = 0; k < count; ++k) training.epoch();
  return (clock() - start) / count;
}

void serve() {
  std::string path;
  std::unique_ptr<Training> training;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command, argument, warm;
    words >> command >> argument >> warm;
    if (command == "open") {
      training.reset();
      Training(warm).epoch();
      training = std::make_unique<Training>(path = argument);
      std::printf("%.3f\n", peak_growth([&] { training->epoch(); }));
    } else {
      require(training != nullptr, "training_bench: '{}' comes before a case; open one first", command);
      const int count = std::stoi(argument);
      if (command == "losses") {
        training = std::make_unique<Training>(path);
        for (int k = 0; k < count; ++k) std::printf("%.9g ", training->epoch());
        std::puts("");
      } else {
        std::printf("%.9f\n", seconds_each(*training, count, command == "steps" ? seconds : processor_seconds));
      }
    }
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace spinel

int main(int argc, char** argv) {
  return spinel::run_program(argc, argv, "usage: training_bench THREADS, then commands on stdin; see training.py\n",
                             [](const std::vector<std::string>& arguments) {
                               spinel::require(arguments.size() == 1,
                                               "training_bench: {} arguments; the threads are needed",
                                               arguments.size());
                               at::set_num_threads(static_cast<int>(spinel::positive_number(arguments[0], 1024)));
                               spinel::serve();
                             });
}
