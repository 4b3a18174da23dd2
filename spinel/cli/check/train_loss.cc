#include "spinel/cli/check/train_loss.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/cli/check/run_case.h"
#include "spinel/train/check.h"

namespace spinel::check {
namespace {

at::Tensor output_of(const golden::Outputs& outputs, const std::string& name) {
  for (const auto& [key, tensor] : outputs.tensors) {
    if (key == name && tensor.defined()) return tensor;
  }
  fail(ErrorKind::invalid_argument, "loss: the module has no output '{}'", name);
}

const at::Tensor& input_of(const TrainingStep& step, const std::string& name) { return step.batch.at(name, "batch"); }

/// Σ weight · fn(output, target).
std::vector<at::Tensor> terms(const TrainingStep& step) {
  const golden::Outputs outputs = step.run();
  NamedTensors tensors;
  for (const auto& [name, buffer] : step.golden.buffers) tensors.set("buffer." + name, buffer);
  for (const auto& [name, tensor] : step.batch) tensors.set(name, tensor);
  at::Tensor total;
  for (const Config& term : step.loss.at("terms").as_list()) {
    const at::Tensor value = train::golden_loss_term(term, output_of(outputs, term.at("output").as_string()),
                                                     input_of(step, term.at("target").as_string()), tensors);
    total = total.defined() ? total + value : value;
  }
  require(total.defined(), "loss: it has no terms");
  return {total};
}

/// The model's own outputs, in the order of loss_columns.
std::vector<at::Tensor> model(const TrainingStep& step) {
  const golden::Outputs outputs = step.run();
  const std::string& differentiated = step.loss.at("output").as_string();
  std::vector<at::Tensor> columns = {output_of(outputs, differentiated)};
  if (const Config* names = step.golden.metadata.find("loss_columns")) {
    for (const std::string& name : names->as_strings()) {
      if (name != differentiated) columns.push_back(output_of(outputs, name));
    }
  }
  return columns;
}

/// One network of a GAN: `part` D on (x, y) or G on (z, y); y only where the batch has conditions.
at::Tensor run_part(const TrainingStep& step, const std::string& part, const std::string& input,
                    const at::Tensor& value) {
  golden::Call call;
  call.args = step.golden.section("args");
  call.metadata = step.golden.metadata;
  call.metadata.set("part", part);
  call.positional = {value};
  call.positional_names = {input};
  if (const at::Tensor* condition = step.batch.find("y")) {
    call.positional.push_back(*condition);
    call.positional_names.push_back("y");
  }
  return output_of(step.module.run(call), "out");
}

at::Tensor bce(const at::Tensor& probability, double target) {
  return at::binary_cross_entropy(probability, at::full_like(probability, target));
}

/// BCE(D(x), 1) + BCE(D(G(z)), 0).
std::vector<at::Tensor> discriminator(const TrainingStep& step) {
  const at::Tensor& noise = input_of(step, step.loss.at("noise").at("discriminator").as_string());
  const at::Tensor fake = run_part(step, "G", "z", noise).detach();
  return {bce(run_part(step, "D", "x", input_of(step, "x")), 1) + bce(run_part(step, "D", "x", fake), 0)};
}

/// BCE(D(G(z)), 1).
std::vector<at::Tensor> generator(const TrainingStep& step) {
  const at::Tensor& noise = input_of(step, step.loss.at("noise").at("generator").as_string());
  return {bce(run_part(step, "D", "x", run_part(step, "G", "z", noise)), 1)};
}

/// Displaces atoms by dx = sigma[batch]·eps, moves the edge vectors, drops edges beyond the cutoff; the module predicts
/// dx.
std::vector<at::Tensor> dm2_denoising(const TrainingStep& step) {
  const std::string& sigma = step.loss.at("sigma").as_string();
  const std::string& noise = step.loss.at("noise").as_string();
  const at::Tensor dx =
      input_of(step, sigma).index_select(0, input_of(step, "batch")).unsqueeze(-1) * input_of(step, noise);
  const at::Tensor& edge_index = input_of(step, "edge_index");
  const at::Tensor vectors =
      input_of(step, "edge_attr") + dx.index_select(0, edge_index[1]) - dx.index_select(0, edge_index[0]);
  const at::Tensor kept = (vectors.norm(2, -1) <= step.loss.at("cutoff").as_double()).nonzero().flatten();
  NamedTensors inputs;
  for (const auto& [name, tensor] : step.batch) {
    if (name != sigma && name != noise) inputs.set(name, tensor);
  }
  inputs.set("edge_index", edge_index.index_select(1, kept));
  inputs.set("edge_attr", vectors.index_select(0, kept));
  return {(output_of(step.run(inputs), "displacement") - dx).square().mean()};
}

/// Cross entropies of the number of peaks, and of the positions of all true peaks together, with the height's loss.
std::vector<at::Tensor> peaks(const TrainingStep& step, bool infrared) {
  const golden::Outputs outputs = step.run();
  const Config& targets = step.loss.at("targets");
  const Config& weights = step.loss.at("weights");
  const at::Tensor& count = input_of(step, targets.at("number").as_string());
  const at::Tensor position = output_of(outputs, "position");
  const at::Tensor rows = at::arange(position.size(1), count.options()).unsqueeze(0) < count.unsqueeze(1);
  const auto true_peaks = [&](const at::Tensor& tensor) { return tensor.index({rows}); };
  const at::Tensor number_loss = at::cross_entropy_loss(output_of(outputs, "number"), count);
  const at::Tensor position_loss =
      at::cross_entropy_loss(true_peaks(position), true_peaks(input_of(step, targets.at("position").as_string())));
  const at::Tensor height = true_peaks(output_of(outputs, "height"));
  const at::Tensor height_target = true_peaks(input_of(step, targets.at("height").as_string()));
  // Infrared: [n, 1] against [n], so the mean runs over all n × n pairs, as in the original.
  const at::Tensor height_loss =
      infrared ? (height - height_target).square().mean() : at::cross_entropy_loss(height, height_target.to(at::kLong));
  return {weights.at("number").as_double() * number_loss + weights.at("position").as_double() * position_loss +
          weights.at("height").as_double() * height_loss};
}

std::vector<at::Tensor> ecdformer(const TrainingStep& step) { return peaks(step, false); }
std::vector<at::Tensor> ecdformer_ir(const TrainingStep& step) { return peaks(step, true); }

/// x₁ ∂lnγ₁/∂x₁ + (1 − x₁) ∂lnγ₂/∂x₁, which the Gibbs–Duhem equation makes 0.
at::Tensor gibbs_duhem_residual(const golden::Outputs& outputs, const at::Tensor& x1) {
  return x1 * output_of(outputs, "dln_gamma1_dx1") + (1 - x1) * output_of(outputs, "dln_gamma2_dx1");
}

std::vector<at::Tensor> gibbs_duhem(const TrainingStep& step) {
  const golden::Outputs outputs = step.run();
  const std::string& composition = step.loss.at("composition").as_string();
  const at::Tensor error =
      (output_of(outputs, "ln_gamma") - input_of(step, step.loss.at("target").as_string())).square().mean(0);
  const std::vector<double> weights = step.loss.at("weights").as_doubles();
  at::Tensor total = weights.at(0) * error[0] + weights.at(1) * error[1];
  const double lambda = step.loss.at("pinn_lambda").as_double();
  if (lambda == 0) return {total};
  at::Tensor residual = gibbs_duhem_residual(outputs, input_of(step, composition));
  if (const Config* extra = step.loss.find("extra_compositions")) {
    NamedTensors pseudo = step.batch;
    pseudo.set(composition, input_of(step, extra->as_string()));
    residual = at::cat({residual, gibbs_duhem_residual(step.run(pseudo), pseudo.at(composition))});
  }
  return {total + lambda * residual.square().mean()};
}

}  // namespace

golden::Outputs TrainingStep::run() const { return run(batch); }

golden::Outputs TrainingStep::run(const NamedTensors& inputs) const {
  golden::Call call = make_call(golden, inputs);
  if (call.positional.empty() && call.named.empty()) {
    // The loss makes the inputs from the batch, so the case cannot name them: all go by name.
    for (const auto& [name, tensor] : inputs) call.named.emplace_back(name, tensor);
  }
  return module.run(call);
}

const std::vector<TrainLoss>& train_loss_list() {
  static const std::vector<TrainLoss> list = {
      {"terms", {{"", terms}}},
      {"model", {{"", model}}},
      {"gan_bce", {{"D.", discriminator}, {"G.", generator}}},
      {"dm2_denoising", {{"", dm2_denoising}}},
      {"ecdformer", {{"", ecdformer}}},
      {"ecdformer_ir", {{"", ecdformer_ir}}},
      {"gibbs_duhem", {{"", gibbs_duhem}}},
  };
  return list;
}

}  // namespace spinel::check
