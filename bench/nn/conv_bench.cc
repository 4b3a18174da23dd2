// A graph convolution of a file with weights, inputs and a cotangent, timed on command: the counterpart of conv.py.
// Commands on stdin: `open FILE WARM` answers with the growth of the peak in MiB by the first step after one on the
// small case WARM, `steps K` with the seconds of one of K forward and backward passes, `fresh K` the same with a new
// edge_index each time, `outputs FILE` writes the result and the gradients.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <malloc.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>

#include "bench/timing.h"
#include "spinel/base/config.h"
#include "spinel/base/safetensors.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "spinel/nn/conv/list.h"

namespace spinel {
namespace {

struct Case {
  std::unique_ptr<nn::CallableModule> conv;
  nn::CallArguments inputs;
  at::Tensor cotangent;
  std::vector<at::Tensor> leaves;  ///< x and the parameters
};

Case load(const std::string& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  Case result;
  const Config spec = parse_json(file.metadata().at("spec"), path);
  result.conv = nn::make_conv(Config::map({{spec.at("name").as_string(), spec.at("args")}}));
  NamedTensors state, inputs;
  for (const std::string& name : file.names()) {
    const at::Tensor tensor = to_tensor(file.tensor(name), file.owner()).clone();
    if (name == "cotangent") result.cotangent = tensor;
    else (name.starts_with("param.") ? state : inputs).set(name.substr(name.find('.') + 1), tensor);
  }
  result.conv->load_state_dict(state);
  for (const std::string& name : spec.at("inputs").as_strings()) {
    at::Tensor tensor = inputs.at(name);
    if (name == "x") result.leaves.push_back(tensor.set_requires_grad(true));
    result.inputs.named.emplace_back(name, tensor);
  }
  for (const at::Tensor& parameter : result.conv->parameters()) result.leaves.push_back(parameter);
  return result;
}

at::Tensor step(Case& c) {
  for (at::Tensor& leaf : c.leaves) leaf.mutable_grad().reset();
  const at::Tensor out = *c.conv->call(c.inputs).at(0).tensor();
  out.backward(c.cotangent);
  return out;
}

double status_mib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stod(line.substr(line.find(':') + 1)) / 1024;
  }
  return 0;
}

double first_step_growth(Case& c, const std::string& warm) {
  {
    Case small = load(warm);
    step(small);
  }
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;  // the peak starts anew at the present size
  const double before = status_mib("VmRSS");
  step(c);
  return status_mib("VmHWM") - before;
}

double seconds_each(Case& c, int count, bool fresh) {
  const double start = seconds();
  for (int k = 0; k < count; ++k) {
    for (auto& [name, value] : c.inputs.named) {
      if (fresh && name == "edge_index") value = value.tensor()->clone();
    }
    step(c);
  }
  return (seconds() - start) / count;
}

void write_outputs(Case& c, const std::string& path) {
  std::vector<std::pair<std::string, at::Tensor>> tensors = {{"out", step(c).detach().contiguous()}};
  tensors.emplace_back("grad.x", c.leaves.at(0).grad().contiguous());
  for (const auto& [name, parameter] : c.conv->named_parameters()) {
    if (parameter.grad().defined()) tensors.emplace_back("grad." + name, parameter.grad().contiguous());
  }
  std::vector<NamedTensorView> views;
  for (const auto& [name, tensor] : tensors) views.push_back({name, to_view(tensor)});
  write_safetensors(path, views);
}

void serve() {
  std::optional<Case> c;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command, path, warm;
    words >> command >> path >> warm;
    if (command == "open") {
      c.reset();
      malloc_trim(0);
      c = load(path);
      std::printf("%.3f\n", first_step_growth(*c, warm));
    } else {
      require(c.has_value(), "conv_bench: '{}' comes before a case; open one first", command);
      if (command == "outputs") write_outputs(*c, path), std::puts("done");
      else std::printf("%.9f\n", seconds_each(*c, std::stoi(path), command == "fresh"));
    }
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace spinel

int main(int argc, char** argv) {
  return spinel::run_program(argc, argv, "usage: conv_bench THREADS, then commands on stdin; see conv.py\n",
                             [](const std::vector<std::string>& arguments) {
                               spinel::require(arguments.size() == 1,
                                               "conv_bench: {} arguments; the threads are needed", arguments.size());
                               at::set_num_threads(static_cast<int>(spinel::positive_number(arguments[0], 1024)));
                               spinel::serve();
                             });
}
