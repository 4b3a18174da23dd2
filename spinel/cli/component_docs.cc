#include "spinel/cli/component_docs.h"

#include <algorithm>

#include "spinel/models/list.h"
#include "spinel/nn/activation.h"
#include "spinel/nn/cutoff.h"
#include "spinel/nn/max_pool.h"
#include "spinel/nn/radial_basis.h"
#include "spinel/train/data.h"
#include "spinel/train/losses.h"
#include "spinel/train/metrics.h"
#include "spinel/train/optimizers.h"
#include "spinel/train/schedules.h"
#include "spinel/train/transforms.h"
#include "spinel/train/weight_average.h"

namespace spinel::cli {
namespace {

template <typename Make>
KindDoc kind_doc(const ComponentList<Make>& list) {
  KindDoc result{list.kind(), {}};
  for (const auto& component : list.all()) {
    result.components.push_back({component.name, component.summary, component.options});
  }
  return result;
}

}  // namespace

const std::vector<KindDoc>& component_kinds() {
  static const std::vector<KindDoc> kinds = {
      kind_doc(models::model_list()),  kind_doc(nn::radial_basis_list()),  kind_doc(nn::cutoff_list()),
      kind_doc(nn::activation_list()), kind_doc(train::losses()),          kind_doc(train::metrics()),
      kind_doc(train::datasets()),     kind_doc(train::optimizers()),      kind_doc(train::schedules()),
      kind_doc(train::transforms()),   kind_doc(train::weight_averages()), kind_doc(nn::pooling_list()),
  };
  return kinds;
}

std::string component_text(const ComponentDoc& component) {
  std::string text = component.name + ": " + component.summary + "\n";
  size_t width = 0;
  for (const OptionDoc& option : component.options) width = std::max(width, option.name.size());
  for (const OptionDoc& option : component.options) {
    text += "  " + option.name + std::string(width - option.name.size() + 2, ' ') + option.text;
    if (!option.unit.empty()) text += ", in " + option.unit;
    text += " [" + option.type + (option.default_value.empty() ? ", required" : ", default " + option.default_value);
    text += "]\n";
  }
  return text;
}

Config component_config(const KindDoc& kind) {
  Config::List components;
  for (const ComponentDoc& component : kind.components) {
    Config::List options;
    for (const OptionDoc& option : component.options) {
      Config entry = Config::map();
      entry.set("name", option.name);
      entry.set("type", option.type);
      if (!option.default_value.empty()) entry.set("default", parse_json(option.default_value, option.name));
      entry.set("required", option.default_value.empty());
      entry.set("unit", option.unit);
      entry.set("text", option.text);
      options.push_back(std::move(entry));
    }
    Config entry = Config::map();
    entry.set("name", component.name);
    entry.set("summary", component.summary);
    entry.set("options", std::move(options));
    components.push_back(std::move(entry));
  }
  return Config(std::move(components));
}

}  // namespace spinel::cli
