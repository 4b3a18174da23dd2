#include "spinel/models/list.h"

#include "spinel/models/schnet/schnet.h"

namespace spinel::models {

const train::ModelList& model_list() {
  static const train::ModelList list(
      "model",
      {
          {"SchNet", "continuous-filter convolutions: energy, forces, stress, dipole moment, scalar properties",
           schnet_option_docs(), make_schnet},
      });
  return list;
}

}  // namespace spinel::models
