#include "spinel/atoms/check.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/safetensors.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "tests/support/paths.h"

namespace spinel {
namespace {

struct Case {
  SafetensorsFile file;
  Config args;
  double rtol, atol;
  at::Tensor tensor(const std::string& name) const { return to_tensor(file.tensor(name), file.owner()).clone(); }
};

Case load(const std::string& path) {
  SafetensorsFile file = SafetensorsFile::open(path);
  const Config args = parse_json(file.metadata().at("args"), path);
  const Config tolerance = parse_json(file.metadata().at("tolerance"), path);
  return {file, args, tolerance.at("rtol").as_double(), tolerance.at("atol").as_double()};
}

golden::Outputs run(const std::string& function, const Case& c) {
  golden::Call call;
  call.args = c.args;
  for (const std::string& name : c.file.names()) {
    if (!name.starts_with("input.")) continue;
    call.positional.emplace_back(c.tensor(name));
    call.positional_names.push_back(name.substr(6));
  }
  for (const auto& entry : atoms_golden_functions()) {
    if (entry.name == function) return entry.run(call);
  }
  fail(ErrorKind::not_found, "{}: no such function", function);
}

// All files of one function; our order of rows is that of the files.
void check_folder(const std::string& folder, const std::string& prefix, const std::string& area, int count) {
  int cases = 0;
  const std::string path = source_dir() + "/tests/golden/materials/" + folder;
  for (const std::string& name : list_folder(path)) {
    if (!name.starts_with(prefix + "-")) continue;
    SCOPED_TRACE(name);
    const Case c = load(join_path(path, name));
    for (const auto& [output, result] : run("materials/" + area + "/" + prefix, c).tensors) {
      at::Tensor expected = c.tensor("output." + output);
      at::Tensor actual = result;
      if (output == "niggli_matrix") {  // its frame is free
        expected = expected.matmul(expected.transpose(-1, -2));
        actual = actual.matmul(actual.transpose(-1, -2));
      }
      ASSERT_EQ(actual.sizes(), expected.sizes()) << output;
      ASSERT_EQ(actual.scalar_type(), expected.scalar_type()) << output;
      EXPECT_TRUE(at::allclose(actual.to(at::kDouble), expected.to(at::kDouble), c.rtol, c.atol)) << output;
    }
    ++cases;
  }
  EXPECT_EQ(cases, count);
}

TEST(AtomsGolden, NeighbourListsOfSchnet) { check_folder("schnet", "neighbor_list", "schnet", 3); }
TEST(AtomsGolden, NeighbourListsOfCrystals) { check_folder("infrastructure", "neighbor_list", "infrastructure", 20); }
TEST(AtomsGolden, RadiusGraphs) { check_folder("infrastructure", "radius_graph", "infrastructure", 3); }
TEST(AtomsGolden, Lattices) { check_folder("infrastructure", "lattice", "infrastructure", 1); }

}  // namespace
}  // namespace spinel
