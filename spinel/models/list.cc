#include "spinel/models/list.h"

#include "spinel/models/gnn/graph_model.h"
#include "spinel/models/schnet/schnet.h"

namespace spinel::models {

const train::ModelList& model_list() {
  static const train::ModelList list = [] {
    std::vector<Component<std::unique_ptr<train::Model>(const Config&)>> models = {
        {"SchNet", "continuous-filter convolutions: energy, forces, stress, dipole moment, scalar properties",
         schnet_option_docs(), make_schnet},
    };
    for (auto& model : graph_models()) models.push_back(std::move(model));
    return train::ModelList("model", std::move(models));
  }();
  return list;
}

}  // namespace spinel::models
