#include "spinel/nn/check.h"

#include <ATen/ATen.h>

#include "spinel/nn/activation.h"
#include "spinel/nn/cutoff.h"
#include "spinel/nn/radial_basis.h"

namespace spinel::nn {
namespace {

golden::Outputs radial_basis(const golden::Call& call) {
  const at::Tensor& d = call.tensor("d");
  Config cutoff = Config::map({{"cutoff", call.args.at("cutoff")}});
  Config basis = cutoff;
  basis.set("n_rbf", call.args.at("n_rbf"));
  const auto gaussian = radial_basis_list().at("GaussianRBF").make(basis);
  const auto bessel = radial_basis_list().at("BesselRBF").make(basis);
  const auto cosine = cutoff_list().at("CosineCutoff").make(cutoff);
  const auto mollifier = cutoff_list().at("MollifierCutoff").make(cutoff);
  for (Module* module : {static_cast<Module*>(gaussian.get()), static_cast<Module*>(bessel.get()),
                         static_cast<Module*>(cosine.get()), static_cast<Module*>(mollifier.get())}) {
    module->to(d.scalar_type());
    module->to(d.device());
  }
  return {{{"gaussian", gaussian->forward(d)},
           {"bessel", bessel->forward(d)},
           {"cosine", cosine->forward(d)},
           {"mollifier", mollifier->forward(d)},
           {"ssp", shifted_softplus(d - 3.0)}},
          {}};
}

}  // namespace

std::vector<golden::Function> nn_golden_functions() { return {{"materials/schnet/radial_basis", radial_basis}}; }

}  // namespace spinel::nn
