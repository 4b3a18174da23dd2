// A graph convolution of a file with weights, inputs and a cotangent, timed on command: the counterpart of conv.py.
// Commands on stdin: `open FILE WARM` answers with the growth of the peak in MiB by the first step after one on the
// small case WARM, `steps K` with the seconds of one of K forward and backward passes, `processor K` with those that
// processors worked, `outputs FILE` writes the result and the gradients. fresh: a new edge_index each time.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

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
#include "spinel/nn/conv/list.h"

namespace spinel {
namespace {

struct Case {
  std::unique_ptr<nn::CallableModule> conv;
  std::vector<std::pair<std::string, at::Tensor>> inputs;  ///< in order; those of dictionaries as "x_dict/author"
  std::vector<std::pair<std::string, at::Tensor>> leaves;  ///< x, or those of x_dict, and the parameters
  std::vector<std::string> outputs;                        ///< "out", or "out/paper"
  std::vector<at::Tensor> cotangents;                      ///< none: forward alone
};

Case load(const std::string& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  const auto tensor = [&](const std::string& name) { return to_tensor(file.tensor(name), file.owner()).clone(); };
  Case result;
  const Config spec = parse_json(file.metadata().at("spec"), path);
  const bool has_gradient = spec.at("gradient").as_bool();
  result.conv = nn::make_conv(Config::map({{spec.at("name").as_string(), spec.at("args")}}));
  NamedTensors state;
  for (const std::string& name : file.names()) {
    if (name.starts_with("param.")) state.set(name.substr(name.find('.') + 1), tensor(name));
  }
  result.conv->load_state_dict(state);
  for (const std::string& name : spec.at("inputs").as_strings()) {
    result.inputs.emplace_back(name, tensor("input." + name));
    if (has_gradient && (name == "x" || name.starts_with("x_dict/"))) {
      result.leaves.emplace_back(name, result.inputs.back().second.set_requires_grad(true));
    }
  }
  for (const auto& [name, parameter] : result.conv->named_parameters()) result.leaves.emplace_back(name, parameter);
  result.outputs = spec.at("outputs").as_strings();
  for (const std::string& name : result.outputs) {
    if (has_gradient) result.cotangents.push_back(tensor("cotangent." + name));
  }
  return result;
}

nn::CallArguments arguments_of(const Case& c) {
  nn::CallArguments arguments;
  nn::ValueDict dict;
  for (size_t k = 0; k < c.inputs.size(); ++k) {
    const auto& [name, tensor] = c.inputs[k];
    const size_t slash = name.find('/');
    if (slash == std::string::npos) {
      arguments.named.emplace_back(name, tensor);
      continue;
    }
    dict.emplace_back(name.substr(slash + 1), tensor);
    const std::string dict_name = name.substr(0, slash + 1);
    if (k + 1 < c.inputs.size() && c.inputs[k + 1].first.starts_with(dict_name)) continue;
    arguments.positional.emplace_back(std::exchange(dict, {}));
  }
  return arguments;
}

std::vector<at::Tensor> step(Case& c) {
  for (auto& [name, leaf] : c.leaves) leaf.mutable_grad().reset();
  const nn::Value result = c.conv->call(arguments_of(c)).at(0);
  std::vector<at::Tensor> outputs;
  for (const std::string& name : c.outputs) {
    if (result.tensor()) outputs.push_back(*result.tensor());
    for (const auto& [key, value] : result.dict() ? *result.dict() : nn::ValueDict()) {
      if (name == "out/" + key) outputs.push_back(*value.tensor());
    }
  }
  if (!c.cotangents.empty()) torch::autograd::backward(outputs, c.cotangents);
  return outputs;
}

double first_step_growth(Case& c, const std::string& warm) {
  {
    Case small = load(warm);
    step(small);
  }
  return peak_growth([&] { step(c); });
}

double seconds_each(Case& c, int count, double (*clock)(), bool fresh) {
  const double start = clock();
  for (int k = 0; k < count; ++k) {
    for (auto& [name, tensor] : c.inputs) {
      if (fresh && name.find("edge_index") != std::string::npos) tensor = tensor.clone();
    }
    step(c);
  }
  return (clock() - start) / count;
}

void write_outputs(Case& c, const std::string& path) {
  const std::vector<at::Tensor> outputs = step(c);
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (size_t k = 0; k < outputs.size(); ++k) tensors.emplace_back(c.outputs.at(k), outputs[k].detach().contiguous());
  for (const auto& [name, leaf] : c.leaves) {
    if (leaf.grad().defined()) tensors.emplace_back("grad." + name, leaf.grad().contiguous());
  }
  std::vector<NamedTensorView> views;
  for (const auto& [name, tensor] : tensors) views.push_back({name, to_view(tensor)});
  write_safetensors(path, views);
}

void serve(bool fresh) {
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
      else
        std::printf("%.9f\n",
                    seconds_each(*c, std::stoi(path), command == "steps" ? seconds : processor_seconds, fresh));
    }
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace spinel

int main(int argc, char** argv) {
  return spinel::run_program(argc, argv, "usage: conv_bench THREADS [fresh], then commands on stdin; see conv.py\n",
                             [](const std::vector<std::string>& arguments) {
                               const bool fresh = arguments.size() == 2 && arguments[1] == "fresh";
                               spinel::require(arguments.size() == 1 || fresh,
                                               "conv_bench: {} arguments; THREADS or THREADS fresh are needed",
                                               arguments.size());
                               at::set_num_threads(static_cast<int>(spinel::positive_number(arguments[0], 1024)));
                               spinel::serve(fresh);
                             });
}
