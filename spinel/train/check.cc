#include "spinel/train/check.h"

#include <cmath>
#include <map>
#include <numbers>

#include "spinel/atoms/graph.h"
#include "spinel/base/error.h"
#include "spinel/train/metrics.h"
#include "spinel/train/random.h"
#include "spinel/train/schedules.h"
#include "spinel/train/transforms.h"
#include "spinel/train/weight_average.h"

namespace spinel::train {
namespace {

using golden::Call;
using golden::Outputs;

/// Keys of a case under our names; keys in `ignored` are dropped.
Config renamed(const Config& args, const std::map<std::string, std::string>& names,
               const std::vector<std::string>& ignored) {
  Config result = Config::map();
  for (const auto& [key, value] : args.as_map()) {
    if (std::find(ignored.begin(), ignored.end(), key) != ignored.end()) continue;
    const auto name = names.find(key);
    result.set(name == names.end() ? key : name->second, value);
  }
  return result;
}

at::Tensor from_doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }
at::Tensor from_ints(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

/// Runs an optimiser over the gradients g<i>_<s> of the case.
Outputs run_steps(const Call& call, Optimizer& optimizer, const NamedTensors& parameters, int64_t steps,
                  const std::function<void()>& clip) {
  for (int64_t s = 0; s < steps; ++s) {
    int64_t i = 0;
    for (const auto& [name, parameter] : parameters) {
      const at::Tensor gradient = call.optional_tensor(format("g{}_{}", i++, s));
      parameter.mutable_grad() = gradient.defined() ? gradient.clone() : gradient;
    }
    clip();
    optimizer.step();
  }
  Outputs outputs;
  for (const auto& [name, parameter] : parameters) outputs.tensors.emplace_back(name, parameter.detach());
  return outputs;
}

NamedTensors parameters_of(const Call& call) {
  NamedTensors parameters;
  for (int64_t i = 0; i < call.count("p"); ++i) {
    const std::string name = format("p{}", i);
    parameters.set(name, call.tensor(name).detach().clone().set_requires_grad(true));
  }
  return parameters;
}

/// PaddlePaddle's optimisers as PaddleMaterials makes them: its argument names and defaults. Its kernels take the
/// arguments named in `single` as float32 even where the parameters are float64.
golden::Function paddle_optimizer(const std::string& name, Config defaults, std::vector<std::string> single = {}) {
  return {"materials/infrastructure/" + name, [=](const Call& call) {
            Config args = defaults;
            for (const auto& [key, value] : call.args.as_map()) args.set(key, value);
            for (const std::string& key : single) {
              if (const Config* value = args.find(key)) args.set(key, double{static_cast<float>(value->as_double())});
            }
            if (args.contains("beta1")) {
              args.set("betas", Config(Config::List{args.at("beta1"), args.at("beta2")}));
            }
            const Config own = renamed(args,
                                       {{"learning_rate", "lr"},
                                        {"epsilon", "eps"},
                                        {"rho", "alpha"},
                                        {"use_nesterov", "nesterov"},
                                        {"one_dim_param_no_weight_decay", "one_dim_param_no_decay"}},
                                       {"beta1", "beta2", "steps", "clip_global_norm", "clip_norm", "clip_value",
                                        "names", "name", "description"});
            const NamedTensors parameters = parameters_of(call);
            const auto optimizer = make_optimizer(Config::map({{name, own}}), parameters);
            const std::vector<at::Tensor> tensors = optimizer->parameters();
            const auto clip = [&] {
              for (const char* key : {"clip_global_norm", "clip_norm"}) {
                const Config* norm = args.find(key);
                if (norm && !norm->is_null()) clip_grad_norm(tensors, norm->as_double(), ClipRule::paddle);
              }
              const Config* value = args.find("clip_value");
              if (value && !value->is_null()) clip_grad_value(tensors, value->as_double());
            };
            return run_steps(call, *optimizer, parameters, args.at("steps").as_int(), clip);
          }};
}

Outputs run_lamb(const Call& call) {
  const NamedTensors parameters = parameters_of(call);
  const Config own = renamed(call.args, {}, {"steps"});
  const auto optimizer = make_optimizer(Config::map({{"FusedLAMB", own}}), parameters);
  return run_steps(call, *optimizer, parameters, call.args.at("steps").as_int(), [] {});
}

int64_t int_or(const Config& args, std::string_view key, int64_t fallback) {
  const Config* value = args.find(key);
  return value && !value->is_null() ? value->as_int() : fallback;
}

/// What PaddlePaddle's CosineAnnealingDecay answers to get_lr() while `rate` is in force at step k: the next use of its
/// recursion on the rate that already is step k's. The stored rates were read this way; training uses the rate itself.
double reread_cosine(double rate, int64_t k, double lr, double eta_min, int64_t period) {
  if (k == 0) return rate;
  const double step = std::numbers::pi / static_cast<double>(period);
  if ((k - 1 - period) % (2 * period) == 0) return rate + (lr - eta_min) * (1 - std::cos(step)) / 2;
  const double ratio =
      (1 + std::cos(step * static_cast<double>(k))) / (1 + std::cos(step * static_cast<double>(k - 1)));
  return ratio * (rate - eta_min) + eta_min;
}

/// lr[k] is in force at step k.
golden::Function closed_form_schedule(const std::string& name) {
  return {"materials/infrastructure/" + name, [name](const Call& call) {
            const Config& args = call.args;
            const ScheduleContext context{1e-3, int_or(args, "epochs", 1), int_or(args, "iters_per_epoch", 1)};
            const Config own = renamed(args, {}, {"steps", "epochs", "iters_per_epoch", "last_epoch", "verbose"});
            const auto schedule = make_schedule(Config::map({{name, own}}), context);
            const int64_t planned = context.epochs * (schedule->per_step() ? context.iters_per_epoch : 1);
            const int64_t period = int_or(args, "T_max", planned);
            const bool reread = name == "Cosine" && int_or(args, "warmup_epoch", 0) == 0 && period > 0;
            const Config* eta_min = args.find("eta_min");
            std::vector<double> rates;
            for (int64_t k = 0; k < args.at("steps").as_int(); ++k) {
              rates.push_back(schedule->lr());
              if (reread) {
                rates.back() = reread_cosine(rates.back(), k, args.at("learning_rate").as_double(),
                                             eta_min ? eta_min->as_double() : 0, period);
              }
              schedule->step();
            }
            return Outputs{{{"lr", from_doubles(rates)}}, {}};
          }};
}

/// PaddleMaterials' case records the rate before each metric is reported, SchNetPack's the rate after it.
Outputs run_plateau(const Call& call, const std::string& name, bool after) {
  const Config own = renamed(call.args, {{"lr", "learning_rate"}}, {"epochs", "iters_per_epoch", "by_epoch", "steps"});
  const auto schedule = make_schedule(Config::map({{name, own}}), {});
  const at::Tensor metric = call.tensor("metric").to(at::kDouble).contiguous();
  std::vector<double> rates;
  for (int64_t k = 0; k < metric.numel(); ++k) {
    if (!after) rates.push_back(schedule->lr());
    schedule->step(metric[k].item<double>());
    if (after) rates.push_back(schedule->lr());
  }
  return {{{"lr", from_doubles(rates)}}, {}};
}

Outputs run_noam(const Call& call) {
  const ScheduleContext context{1e-3, call.args.at("total_epochs").as_int(), call.args.at("steps_per_epoch").as_int()};
  const auto schedule =
      make_schedule(Config::map({{"Noam", renamed(call.args, {}, {"total_epochs", "steps_per_epoch", "n"})}}), context);
  std::vector<double> rates;
  for (int64_t k = 0; k < call.args.at("n").as_int(); ++k, schedule->step()) rates.push_back(schedule->lr());
  return {{{"lr", from_doubles(rates)}}, {}};
}

/// The average after each row of `steps`, starting from `start`.
at::Tensor follow(const Config& average, const at::Tensor& start, const at::Tensor& steps) {
  at::Tensor parameter = start.detach().clone();
  const auto averages = make_weight_average(average, NamedTensors{{"p", parameter}});
  std::vector<at::Tensor> rows;
  for (int64_t k = 0; k < steps.size(0); ++k) {
    parameter.copy_(steps[k]);
    averages->update();
    rows.push_back(averages->average().at("p").clone());
  }
  return rows.empty() ? at::empty_like(steps) : at::stack(rows);
}

Outputs run_weight_average(const Call& call) {
  const at::Tensor& parameters = call.tensor("parameters");
  const at::Tensor start = parameters[0], steps = parameters.narrow(0, 1, parameters.size(0) - 1);
  const Config ema = Config::map({{"EMA", Config::map({{"decay", call.args.at("decay")}})}});
  return {{{"ema", follow(ema, start, steps)}, {"swa", follow("SWA", start, steps)}}, {}};
}

Outputs run_ema(const Call& call) {
  const Config ema = Config::map({{"EMA", Config::map({{"decay", call.args.at("decay")}, {"warmup", true}})}});
  return {{{"shadow", follow(ema, call.tensor("start"), call.tensor("steps"))}}, {}};
}

Outputs run_metrics(const Call& call) {
  Outputs outputs;
  for (const char* name : {"mae", "rmse"}) {
    const auto metric = make_metric(name);
    metric->add(call.tensor("pred"), call.tensor("target"));
    // torchmetrics keeps its results in float32.
    outputs.tensors.emplace_back(name, at::scalar_tensor(metric->value(), at::kFloat));
  }
  return outputs;
}

/// SchNetPack's preparation of one sample: centre of mass, offsets away, and offsets back.
Outputs run_transforms(const Call& call) {
  const at::Tensor z = call.tensor("z"), pos = call.tensor("pos").to(at::kDouble).contiguous();
  const at::Tensor atomref = call.tensor("atomref").to(at::kDouble), energy = call.tensor("energy");
  Frame frame;
  Config::List references;
  for (int64_t i = 0; i < z.numel(); ++i) {
    const double* p = pos.const_data_ptr<double>() + 3 * i;
    frame.numbers.push_back(z[i].item<int64_t>());
    frame.positions.push_back({p[0], p[1], p[2]});
  }
  for (int64_t i = 0; i < atomref.numel(); ++i) references.push_back(atomref[i].item<double>());
  const Vector3 center = center_of_mass(frame);

  const AtomContext atoms{z, at::zeros_like(z), from_ints({z.numel()})};
  const auto offsets = make_transform(Config::map(
      {{"RemoveOffsets", Config::map({{"mean", call.tensor("mean").item<double>()}, {"atomrefs", references}})}}));
  const at::Tensor removed = offsets->apply(energy, atoms);
  return {{{"pos", pos - from_doubles({center[0], center[1], center[2]})},
           {"energy", removed},
           {"restored", offsets->invert(removed, atoms)}},
          {}};
}

/// The split of JARVIS' benchmarks: Python's shuffle, train from the front, test from the back, val before test.
Outputs run_random_split(const Call& call) {
  const int64_t total = call.args.at("total").as_int(), seed = call.args.at("seed").as_int();
  const int64_t train = call.args.at("train").as_int(), val = call.args.at("val").as_int(),
                test = call.args.at("test").as_int();
  const at::Tensor shuffled = from_ints(python_shuffle(total, seed));
  const at::Tensor permuted = from_ints(numpy_permutation(total, seed));
  return {{{"python_shuffle", shuffled},
           {"numpy_permutation", permuted},
           {"numpy_shuffle", permuted.clone()},
           {"train", shuffled.narrow(0, 0, train)},
           {"val", shuffled.narrow(0, total - test - val, val)},
           {"test", shuffled.narrow(0, total - test, test)}},
          {}};
}

Outputs run_relative_loss(const Call& call) {
  const int64_t p = int_or(call.args, "p", 2);
  require(p == 2, "relative_lp_loss: p is {}; the loss is defined for 2", p);
  return {{{"loss", make_loss("relative_l2")(call.tensor("pred"), call.tensor("target"))}}, {}};
}

}  // namespace

std::vector<golden::Function> train_golden_functions() {
  std::vector<golden::Function> list{
      paddle_optimizer("SGD", Config::map()),
      paddle_optimizer("Momentum", Config::map(), {"momentum", "weight_decay"}),
      paddle_optimizer("Adam", Config::map({{"beta1", 0.9}, {"beta2", 0.999}})),
      paddle_optimizer("AdamW", Config::map({{"beta1", 0.9}, {"beta2", 0.999}, {"weight_decay", 0.001}}),
                       {"weight_decay"}),
      paddle_optimizer("RMSProp", Config::map({{"rho", 0.95}, {"epsilon", 1e-6}, {"dialect", "paddle"}}),
                       {"rho", "epsilon", "momentum"}),
      {"materials/infrastructure/ReduceOnPlateau",
       [](const Call& call) { return run_plateau(call, "ReduceOnPlateau", false); }},
      {"materials/infrastructure/weight_average", run_weight_average},
      {"materials/infrastructure/random_split", run_random_split},
      {"materials/schnet/plateau", [](const Call& call) { return run_plateau(call, "ReduceLROnPlateau", true); }},
      {"materials/schnet/ema", run_ema},
      {"materials/schnet/metrics", run_metrics},
      {"materials/schnet/transforms", run_transforms},
      {"materials/trinityllm/fused_lamb", run_lamb},
      {"materials/trinityllm/relative_lp_loss", run_relative_loss},
      {"materials/wdmpnn/noam_lr", run_noam},
  };
  for (const char* name : {"Constant", "Linear", "ExponentialDecay", "Cosine", "Step", "MultiStepDecay", "Piecewise",
                           "CosineWarmRestarts", "OneCycleLR"}) {
    list.push_back(closed_form_schedule(name));
  }
  return list;
}

void GoldenOptimizer::step() {
  const std::vector<at::Tensor> parameters = optimizer->parameters();
  if (clip_grad_norm > 0) train::clip_grad_norm(parameters, clip_grad_norm);
  if (clip_grad_value > 0) train::clip_grad_value(parameters, clip_grad_value);
  optimizer->step();
}

GoldenOptimizer make_golden_optimizer(const Config& optimizer, const NamedTensors& parameters) {
  GoldenOptimizer result;
  const Config* norm = optimizer.find("clip_grad_norm");
  const Config* value = optimizer.find("clip_grad_value");
  if (norm && !norm->is_null()) result.clip_grad_norm = norm->as_double();
  if (value && !value->is_null()) result.clip_grad_value = value->as_double();
  const std::string name = optimizer.at("name").as_string();
  std::vector<std::string> ignored{"name",        "clip_grad_norm", "clip_grad_value", "schedule",
                                   "lr_per_step", "count",          "swa_from_step",   "swa",
                                   "decoupled"};
  Config arguments = renamed(optimizer, {}, ignored);
  const Config* decoupled = optimizer.find("decoupled");
  if (decoupled && name == "Adam") arguments.set("decoupled_weight_decay", *decoupled);
  result.optimizer = make_optimizer(Config::map({{name, arguments}}), parameters);
  return result;
}

at::Tensor golden_loss_term(const Config& term, const at::Tensor& output, const at::Tensor& target,
                            const NamedTensors& tensors) {
  at::Tensor prediction = output, wanted = target;
  if (const Config* column = term.find("column")) prediction = prediction.select(-1, column->as_int());
  if (const Config* mean = term.find("target_mean")) wanted = wanted - tensors.at(mean->as_string(), "loss");
  if (const Config* deviation = term.find("target_std")) wanted = wanted / tensors.at(deviation->as_string(), "loss");
  if (const Config* shape = term.find("target_shape")) {
    require(shape->as_string() == "[:, None]", "loss: target_shape is '{}'; it can be '[:, None]'", shape->as_string());
    wanted = wanted.unsqueeze(1);
  }
  const Config* weight = term.find("weight");
  const bool classes = term.at("fn").is_string() && term.at("fn").as_string() == "cross_entropy";
  if (!classes || wanted.is_floating_point()) wanted = wanted.to(prediction.scalar_type());
  return make_loss(term.at("fn"))(prediction, wanted) * (weight ? weight->as_double() : 1);
}

}  // namespace spinel::train
