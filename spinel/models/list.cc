#include "spinel/models/list.h"

namespace spinel::models {

const train::ModelList& model_list() {
  static const train::ModelList list("model", {});
  return list;
}

}  // namespace spinel::models
