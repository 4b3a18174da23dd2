#include "spinel/registry/check.h"

namespace spinel::registry::inline v1 {

std::vector<golden::JsonFunction> registry_golden_json() {
  std::vector<golden::JsonFunction> all;
  for (const auto& files : {schema_golden_json(), binding_golden_json(), dispatch_golden_json(), class_golden_json()}) {
    all.insert(all.end(), files.begin(), files.end());
  }
  return all;
}

}  // namespace spinel::registry::inline v1
