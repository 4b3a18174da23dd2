// 1000 steps from stored parameters on stored data must end where SchNetPack's end.
#include "tests/models/schnet/training_check.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "tests/support/paths.h"

namespace spinel::models {
namespace {

void expect_close(double value, double wanted, double tolerance, const std::string& what) {
  EXPECT_LT(std::abs(value / wanted - 1), tolerance) << what << ": " << value << ", SchNetPack's is " << wanted;
}

TEST(TrainingCheck, FixedRunEndsWhereTheReferenceDoes) {
  at::set_num_threads(1);
  const TrainingCheckResult result = fixed_run(source_dir());
  const TrainingCheckReference reference;
  EXPECT_NEAR(result.mean_energy, reference.mean_energy, 1e-8);
  ASSERT_EQ(result.losses.size(), 1000u);
  for (const auto& [step, loss] : reference.losses) {
    expect_close(result.losses[step], loss, reference.tolerance, "loss at step " + std::to_string(step));
  }
  expect_close(result.energy_mae, reference.energy_mae, reference.tolerance, "energy MAE");
  expect_close(result.forces_mae, reference.forces_mae, reference.tolerance, "force MAE");
}

TEST(TrainingCheck, EveryEpochSeesEveryTrainingFrameOnce) {
  for (int64_t epoch : {0, 9, 24}) {
    const std::vector<int64_t> places = fixed_run_order(epoch);
    const std::set<int64_t> distinct(places.begin(), places.end());
    EXPECT_EQ(distinct.size(), 400u) << epoch;
    EXPECT_EQ(*distinct.rbegin(), 399) << epoch;
  }
}

}  // namespace
}  // namespace spinel::models
