// SchNet of a file with weights, a batch and targets, timed on command: the counterpart of schnet.py.
// Commands on stdin: `train K` and `infer K` answer with the seconds of one of K repetitions, `memory train|infer WARM`
// with the growth of the peak in MiB after a first step on the case WARM, `outputs FILE` writes energy and forces,
// `md FRAME.xyz K` answers with the seconds of one of K steps of velocity Verlet.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>

#include "spinel/atoms/dynamics.h"
#include "spinel/atoms/elements.h"
#include "spinel/atoms/xyz.h"
#include "spinel/base/config.h"
#include "spinel/base/error.h"
#include "spinel/base/safetensors.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "spinel/models/schnet/schnet.h"
#include "spinel/train/optimizers.h"

namespace spinel {
namespace {

struct Case {
  std::unique_ptr<models::SchNet> model;
  NamedTensors inputs, targets;
  std::unique_ptr<train::Optimizer> optimizer;
};

Case load(const std::string& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  Case result;
  const Config arguments = parse_json(file.metadata().at("args"), path);
  result.model = std::make_unique<models::SchNet>(models::parse_schnet_options(arguments));
  NamedTensors state;
  for (const std::string& name : file.names()) {
    const at::Tensor tensor = to_tensor(file.tensor(name), file.owner()).clone();
    const size_t dot = name.find('.');
    NamedTensors& part = name[0] == 'p' ? state : name[0] == 'i' ? result.inputs : result.targets;
    part.set(name.substr(dot + 1), tensor);
  }
  result.model->load_state_dict(state);
  result.optimizer = train::make_optimizer(Config::map({{"AdamW", Config::map({{"lr", 1e-5}, {"weight_decay", 0.0}})}}),
                                           result.model->named_parameters());
  return result;
}

void train_step(Case& c) {
  c.model->train();
  c.optimizer->zero_grad();
  const NamedTensors out = c.model->call(c.inputs);
  const at::Tensor loss = 0.01 * at::mse_loss(out.at("energy"), c.targets.at("energy")) +
                          0.99 * at::mse_loss(out.at("forces"), c.targets.at("forces"));
  loss.backward();
  c.optimizer->step();
}

NamedTensors infer(Case& c) {
  at::NoGradGuard no_grad;
  c.model->eval();
  return c.model->call(c.inputs);
}

double status_mib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field, 0) == 0) return std::stod(line.substr(line.find(':') + 1)) / 1024;
  }
  return 0;
}

void run(Case& c, const std::string& what) {
  if (what == "train") train_step(c);
  else infer(c);
}

double memory_growth(Case& c, const std::string& what, const std::string& warm) {
  Case small = load(warm);
  run(small, what);
  std::ofstream("/proc/self/clear_refs") << 5;  // the peak starts anew at the present size
  const double before = status_mib("VmRSS");
  for (int k = 0; k < 3; ++k) run(c, what);
  return status_mib("VmHWM") - before;
}

double seconds_each(Case& c, const std::string& what, int repetitions) {
  const auto start = std::chrono::steady_clock::now();
  for (int k = 0; k < repetitions; ++k) run(c, what);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / repetitions;
}

/// Velocity Verlet from 300 K with frozen weights; the same run goes on from call to call.
class Simulation {
 public:
  Simulation(const models::SchNet& model, const std::string& xyz)
      : evaluator_(model.make_evaluator()), frame_(read_xyz(xyz).at(0)) {
    std::vector<double> masses;
    for (int64_t z : frame_.numbers) masses.push_back(element(z).mass);
    dynamics_ = std::make_unique<Dynamics>(
        masses,
        [this](const std::vector<Vector3>& positions, std::vector<Vector3>& forces) {
          frame_.positions = positions;
          train::Evaluation result = evaluator_->evaluate(frame_);
          forces = std::move(result.forces);
          return result.energy;
        },
        DynamicsOptions{.time_step = 1.0});
    dynamics_->start(frame_.positions, maxwell_boltzmann(masses, 300, 1));
  }
  double seconds_each(int64_t steps) {
    const auto start = std::chrono::steady_clock::now();
    dynamics_->run(dynamics_->state().step + steps, {});
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / static_cast<double>(steps);
  }

 private:
  std::unique_ptr<train::Evaluator> evaluator_;
  Frame frame_;
  std::unique_ptr<Dynamics> dynamics_;
};

void write_outputs(Case& c, const std::string& path) {
  const NamedTensors out = infer(c);
  const at::Tensor energy = out.at("energy").detach().contiguous(), forces = out.at("forces").detach().contiguous();
  write_safetensors(path, {{"energy", to_view(energy)}, {"forces", to_view(forces)}});
}

void serve(const std::string& path, int threads) {
  at::set_num_threads(threads);
  Case c = load(path);
  std::optional<Simulation> simulation;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command, argument;
    words >> command >> argument;
    if (command == "outputs") {
      write_outputs(c, argument);
      std::puts("written");
    } else if (command == "memory") {
      std::string warm;
      words >> warm;
      std::printf("%.3f\n", memory_growth(c, argument, warm));
    } else if (command == "md") {
      int steps = 0;
      words >> steps;
      if (!simulation) simulation.emplace(*c.model, argument);
      std::printf("%.9f\n", simulation->seconds_each(steps));
    } else {
      std::printf("%.9f\n", seconds_each(c, command, std::stoi(argument)));
    }
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace spinel

int main(int argc, char** argv) {
  try {
    spinel::require(argc == 3, "schnet_bench: {} arguments were given; use schnet_bench CASE.safetensors THREADS",
                    argc - 1);
    spinel::serve(argv[1], std::stoi(argv[2]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
