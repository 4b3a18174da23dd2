#include "spinel/models/schnet/convert.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/models/schnet/schnet.h"

namespace spinel::models {
namespace {

constexpr char kBlock[] = "representation.interactions.";

std::string without_prefix(std::string_view key) {
  return std::string(key.starts_with("model.") ? key.substr(6) : key);
}

bool ends_with(const std::string& key, const std::string& end) { return key.ends_with(end); }

/// Where a tensor of SchNetPack 0.3 stands in version 2; "" for one that has no counterpart.
std::string renamed(std::string key) {
  const auto replace = [&key](const std::string& from, const std::string& to) {
    const size_t at = key.find(from);
    if (at != std::string::npos) key.replace(at, from.size(), to);
    return at != std::string::npos;
  };
  // The filter network stands in each block twice: under its own name and in the convolution.
  if (key.find(".cfconv.filter_network.") != std::string::npos) return "";
  if (key.find(".cfconv.cutoff_network.") != std::string::npos) return "";
  if (replace(".cfconv.in2f.", ".in2f.") || replace(".cfconv.f2out.", ".f2out.0.")) return key;
  if (key.starts_with(kBlock) && replace(".dense.", ".f2out.1.")) return key;
  if (const size_t at = key.find(".cutoff_network."); key.starts_with(kBlock) && at != std::string::npos) {
    // All blocks have the same one; version 2 keeps it once.
    return key.starts_with(std::string(kBlock) + "0.") ? "representation.cutoff_fn" + key.substr(at + 15) : "";
  }
  if (key == "representation.distance_expansion.width") return "representation.radial_basis.widths";
  if (replace("representation.distance_expansion.", "representation.radial_basis.")) return key;
  replace(".out_net.1.out_net.", ".outnet.");
  return key;
}

bool is_version_0_3(const NamedTensors& tensors) {
  return tensors.contains("representation.interactions.0.cfconv.in2f.weight");
}

NamedTensors normalized(const NamedTensors& tensors) {
  NamedTensors result;
  for (const auto& [key, tensor] : tensors) result.set(without_prefix(key), tensor.detach());
  if (!is_version_0_3(result)) return result;
  NamedTensors renamed_tensors;
  for (const auto& [key, tensor] : result) {
    if (const std::string name = renamed(key); !name.empty()) renamed_tensors.set(name, tensor);
  }
  return renamed_tensors;
}

double number(const at::Tensor& tensor) { return tensor.reshape({-1}).to(at::kDouble)[0].item<double>(); }

/// What the constructors of the converted parts would be given.
class Reader {
 public:
  Reader(const NamedTensors& tensors, const std::string& name) : tensors_(tensors), name_(name) {}

  Config arguments(bool version_0_3) const {
    const at::Tensor& embedding = need("representation.embedding.weight", 2);
    const at::Tensor& in2f = need("representation.interactions.0.in2f.weight", 2);
    const at::Tensor& filter = need("representation.interactions.0.filter_network.0.weight", 2);
    Config result = Config::map({{"n_atom_basis", embedding.size(1)},
                                 {"n_interactions", steps()},
                                 {"n_filters", in2f.size(0)},
                                 {"cutoff", number(need("representation.cutoff_fn.cutoff"))},
                                 {"n_rbf", filter.size(1)},
                                 {"shared_interactions", shared()},
                                 {"max_z", embedding.size(0)},
                                 {"head", head(version_0_3)}});
    if (tensors_.contains("representation.cutoff_fn.eps")) result.set("cutoff_fn", "MollifierCutoff");
    add_radial_basis(result);
    return result;
  }

  Config transforms(const std::string& property, bool extensive) const {
    for (const auto& [key, mean] : tensors_) {
      const bool standardize = key == "output_modules.0.standardize.mean";
      if (!(key.starts_with("postprocessors.") && ends_with(key, ".mean")) && !standardize) continue;
      const at::Tensor* atomref =
          tensors_.find(standardize ? "output_modules.0.atomref.weight" : key.substr(0, key.size() - 4) + "atomref");
      Config offsets = Config::map({{"mean", number(mean)}, {"is_extensive", extensive}});
      if (atomref && atomref->count_nonzero().item<int64_t>() > 0) {
        const at::Tensor values = atomref->reshape({-1}).to(at::kDouble).contiguous();
        Config::List list;
        for (int64_t z = 0; z < values.numel(); ++z) list.push_back(values.const_data_ptr<double>()[z]);
        offsets.set("atomrefs", std::move(list));
      }
      return Config::map({{property, Config::map({{"RemoveOffsets", std::move(offsets)}})}});
    }
    return Config::map();
  }

 private:
  const at::Tensor& need(const std::string& key, int64_t dim = -1) const {
    const at::Tensor* found = tensors_.find(key);
    require(found, "{}: it has no tensor '{}'; SchNetPack's SchNet does", name_, key);
    require(found->numel() > 0 && (dim < 0 || found->dim() == dim), "{}: {} has shape [{}]; it must have {} axes",
            name_, key, join_text(found->sizes(), ", "), dim);
    return *found;
  }

  int64_t steps() const {
    int64_t n = 0;
    while (tensors_.contains(format("{}{}.in2f.weight", kBlock, n))) ++n;
    return n;
  }

  /// A shared block stands under every index with the same values.
  bool shared() const {
    const at::Tensor& first = need(std::string(kBlock) + "0.in2f.weight");
    for (int64_t t = 1; t < steps(); ++t) {
      if (!at::equal(first, need(format("{}{}.in2f.weight", kBlock, t)))) return false;
    }
    return steps() > 1;
  }

  void add_radial_basis(Config& arguments) const {
    if (tensors_.contains("representation.radial_basis.freqs")) {
      arguments.set("radial_basis", "BesselRBF");
      return;
    }
    const at::Tensor& offsets = need("representation.radial_basis.offsets", 1);
    const bool centered = offsets.count_nonzero().item<int64_t>() == 0;
    const at::Tensor& grid = centered ? need("representation.radial_basis.widths", 1) : offsets;
    arguments.set("radial_basis", centered ? "GaussianRBFCentered" : "GaussianRBF");
    arguments.set("rbf_start", number(grid));
    if (const double end = number(grid.slice(0, -1)); end > 0) arguments.set("rbf_end", end);
  }

  Config head(bool version_0_3) const {
    std::vector<int64_t> widths{need("representation.embedding.weight").size(1)};
    while (const at::Tensor* weight = tensors_.find(format("output_modules.0.outnet.{}.weight", widths.size() - 1))) {
      widths.push_back(weight->size(0));
    }
    const int64_t layers = static_cast<int64_t>(widths.size()) - 1;
    require(layers > 0,
            "{}: it has no tensor 'output_modules.0.outnet.0.weight'; an Atomwise or DipoleMoment head does", name_);
    require(widths.back() == 1, "{}: its head has {} outputs; heads of one output are supported", name_, widths.back());
    Config head = Config::map({{"n_layers", layers}});
    if (widths != nn::mlp_widths(widths.front(), 1, layers)) {
      head.set("n_hidden", widths[1]);
      require(widths == nn::mlp_widths(widths.front(), 1, layers, widths[1]),
              "{}: the layers of its head are {} wide; halved or equal widths are supported", name_,
              join_text(widths, ", "));
    }
    if (version_0_3) head.set("activation", "shifted_softplus");
    return head;
  }

  const NamedTensors& tensors_;
  const std::string& name_;
};

/// Version 0.3 multiplies each atom's energy with the standard deviation of the training set.
void fold_standard_deviation(NamedTensors& state, const NamedTensors& tensors, int64_t layers) {
  const at::Tensor* deviation = tensors.find("output_modules.0.standardize.stddev");
  if (!deviation) return;
  for (const char* part : {"weight", "bias"}) {
    const std::string key = format("output_modules.0.outnet.{}.{}", layers - 1, part);
    state.set(key, state.at(key) * number(*deviation));
  }
}

}  // namespace

bool is_schnetpack(const NamedTensors& tensors) {
  for (const auto& [key, tensor] : tensors) {
    const std::string name = without_prefix(key);
    if (name == "representation.interactions.0.in2f.weight") return true;
    if (name == "representation.interactions.0.cfconv.in2f.weight") return true;
  }
  return false;
}

ConvertedSchNet convert_schnetpack(const NamedTensors& tensors, const std::string& name, const Config& overrides) {
  require(is_schnetpack(tensors),
          "{}: no tensor is named representation.interactions.0.in2f.weight; SchNetPack's SchNet "
          "has one",
          name);
  const NamedTensors known = normalized(tensors);
  bool version_0_3 = false;
  for (const auto& [key, tensor] : tensors) version_0_3 |= key.find(".cfconv.in2f.") != std::string::npos;

  const Reader reader(known, name);
  Config arguments = reader.arguments(version_0_3);
  for (const auto& [key, value] : overrides.as_map()) {
    if (key != "head" || !value.is_map()) {
      arguments.set(key, value);
      continue;
    }
    for (const auto& [option, choice] : value.as_map()) arguments.find("head")->set(option, choice);
  }
  const auto model = make_schnet(arguments);
  ConvertedSchNet result;
  for (const auto& [key, tensor] : known) {
    if (key.starts_with("representation.") || key.starts_with("output_modules.0.outnet.")) {
      result.state.set(key, tensor.clone());
    }
  }
  const SchNetOptions options = parse_schnet_options(arguments);
  fold_standard_deviation(result.state, known, options.head.n_layers);
  model->load_state_dict(result.state);
  result.arguments = model->arguments();
  if (options.is_potential()) {
    result.transforms = reader.transforms(options.head.output_key, options.head.aggregation_mode == "sum");
  }
  return result;
}

}  // namespace spinel::models
