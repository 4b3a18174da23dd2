#include "spinel/atoms/check.h"
#include "spinel/cli/check/check.h"
#include "spinel/graph/check.h"
#include "spinel/hosts/torch/check.h"
#include "spinel/models/check.h"
#include "spinel/nn/check.h"
#include "spinel/nn/conv/check.h"
#include "spinel/registry/check.h"
#include "spinel/sparse/check.h"
#include "spinel/sparse/check_graph.h"
#include "spinel/train/check.h"

namespace spinel::check {
namespace {

template <typename T>
std::vector<T> joined(std::vector<std::vector<T>> parts) {
  std::vector<T> all;
  for (std::vector<T>& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

const CheckLists& check_lists() {
  static const CheckLists lists = {
      .functions = joined<golden::Function>({
          hosts::hosts_golden_functions(),
          sparse::sparse_golden_functions(),
          sparse::graph_golden_functions(),
          graph::graph_golden_functions(),
          nn::nn_golden_functions(),
          nn::conv_golden_functions(),
          atoms_golden_functions(),
          train::train_golden_functions(),
      }),
      .modules = joined<golden::ModuleEntry>({
          nn::nn_golden_modules(),
          nn::conv_golden_modules(),
          models::models_golden_modules(),
      }),
      .json = joined<golden::JsonFunction>({
          registry::registry_golden_json(),
      }),
  };
  return lists;
}

}  // namespace spinel::check
