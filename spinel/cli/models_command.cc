#include <memory>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/cli/commands.h"
#include "spinel/cli/component_docs.h"
#include "spinel/cli/output.h"

namespace spinel::cli {
namespace {

struct ModelsArguments {
  std::string name;
  bool json = false;
};

int run_models(const ModelsArguments& arguments) {
  const KindDoc& models = component_kinds().front();
  if (arguments.json) {
    print_line(to_json(component_config(models)));
    return 0;
  }
  std::vector<std::string> names;
  for (const ComponentDoc& model : models.components) {
    names.push_back(model.name);
    if (arguments.name.empty()) print_line(model.name + ": " + model.summary);
    if (arguments.name != model.name) continue;
    print(component_text(model));
    return 0;
  }
  if (!arguments.name.empty()) {
    fail(ErrorKind::not_found, "{}: no model has this name{}", arguments.name, suggestion(arguments.name, names));
  }
  return 0;
}

}  // namespace

Command models_command() {
  return {"models", "List the models, or the options of one",
          "  spinel models\n"
          "  spinel models SchNet\n",
          [] {
            const auto arguments = std::make_shared<ModelsArguments>();
            return Invocation{{{"NAME", &arguments->name, "Model whose options are shown"},
                               {"--json", &arguments->json, "Everything as JSON"}},
                              [arguments] { return run_models(*arguments); }};
          }};
}

}  // namespace spinel::cli
