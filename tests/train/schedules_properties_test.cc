// Schedules with random arguments against their formulas, and arguments at the ends of their ranges.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <random>

#include "spinel/train/schedules.h"
#include "tests/train/expect_error.h"

namespace spinel::train {
namespace {

using std::numbers::pi;

struct Draw {
  explicit Draw(uint32_t seed) : random(seed) {}
  int64_t integer(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random() % static_cast<uint64_t>(high - low + 1));
  }
  double real(double low, double high) { return std::uniform_real_distribution<double>(low, high)(random); }
  bool coin() { return random() % 2; }
  std::mt19937_64 random;
};

/// A run, and what all closed forms share.
struct Common {
  explicit Common(Draw& draw) {
    context = {draw.real(1e-4, 0.5), draw.integer(1, 9), draw.integer(1, 7)};
    by_epoch = draw.coin();
    warmup = draw.coin() ? draw.integer(0, context.epochs - 1) : 0;
    start = draw.coin() ? draw.real(0, 0.1) : 0;
  }
  Config arguments() const {
    return Config::map({{"by_epoch", by_epoch}, {"warmup_epoch", warmup}, {"warmup_start_lr", start}});
  }
  int64_t unit() const { return by_epoch ? 1 : context.iters_per_epoch; }
  /// Compares the rates with `rate` behind a linear rise of `steps` to `peak`.
  void expect(const std::string& name, const Config& arguments, int64_t steps, double peak,
              const std::function<double(int64_t)>& rate) const {
    const auto schedule = make_schedule(Config::map({{name, arguments}}), context);
    EXPECT_EQ(schedule->per_step(), !by_epoch);
    for (int64_t k = 0; k < 2 * context.epochs * context.iters_per_epoch + 3; ++k, schedule->step()) {
      const double expected =
          k < steps ? start + (peak - start) * static_cast<double>(k) / static_cast<double>(steps) : rate(k - steps);
      ASSERT_NEAR(schedule->lr(), expected, 1e-12 * (1 + std::abs(expected)))
          << to_json(arguments, -1) << " step " << k << " epochs " << context.epochs << " of "
          << context.iters_per_epoch;
    }
  }
  ScheduleContext context;
  bool by_epoch;
  int64_t warmup;
  double start;
};

TEST(ScheduleProperties, CosineFollowsItsFormula) {
  Draw draw(51);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const Common run(draw);
    Config arguments = run.arguments();
    const double low = draw.real(0, run.context.lr);
    arguments.set("eta_min", low);
    double period = static_cast<double>((run.context.epochs - run.warmup) * run.unit());
    if (draw.coin()) {
      period = static_cast<double>(draw.integer(1, 30));
      arguments.set("T_max", static_cast<int64_t>(period));
    }
    run.expect("Cosine", arguments, run.warmup * run.unit(), run.context.lr, [&](int64_t k) {
      return low + (run.context.lr - low) * (1 + std::cos(pi * static_cast<double>(k) / period)) / 2;
    });
  }
}

TEST(ScheduleProperties, StepMultiplyOncePerStepSize) {
  Draw draw(52);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const Common run(draw);
    Config arguments = run.arguments();
    const int64_t size = draw.integer(1, 4);
    const double gamma = draw.real(0.05, 1.5);
    arguments.set("step_size", size);
    arguments.set("gamma", gamma);
    double rate = run.context.lr;
    run.expect("Step", arguments, run.warmup * run.unit(), run.context.lr, [&](int64_t k) {
      if (k > 0 && k % (size * run.unit()) == 0) rate *= gamma;
      return rate;
    });
  }
}

TEST(ScheduleProperties, MilestonesAndPiecesBeginWithTheirEpoch) {
  Draw draw(53);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const Common run(draw);
    Config::List epochs, values;
    std::vector<int64_t> boundaries;
    for (int64_t epoch = draw.integer(1, 3); epoch < 9; epoch += draw.integer(1, 4)) {
      boundaries.push_back(epoch);
      epochs.push_back(epoch);
    }
    std::vector<double> rates;
    for (size_t i = 0; i <= boundaries.size(); ++i) {
      rates.push_back(draw.real(0, 1));
      values.push_back(rates.back());
    }
    const auto passed = [&](int64_t k) {
      size_t count = 0;
      for (const int64_t boundary : boundaries) count += k / run.unit() >= boundary;
      return count;
    };
    Config pieces = run.arguments();
    pieces.set("decay_epochs", epochs);
    pieces.set("values", values);
    run.expect("Piecewise", pieces, run.warmup * run.unit(), rates[0], [&](int64_t k) { return rates[passed(k)]; });
    const double gamma = draw.real(0.1, 0.9);
    Config steps = run.arguments();
    steps.set("milestones", epochs);
    steps.set("gamma", gamma);
    run.expect("MultiStepDecay", steps, run.warmup * run.unit(), run.context.lr,
               [&](int64_t k) { return run.context.lr * std::pow(gamma, static_cast<double>(passed(k))); });
  }
}

TEST(ScheduleProperties, WarmRestartsBeginAtTheBaseRateOfEachCycle) {
  Draw draw(54);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const Common run(draw);
    Config arguments = run.arguments();
    const int64_t first = draw.integer(1, 4), factor = draw.integer(1, 3);
    const double low = draw.real(0, 0.01);
    arguments.set("T_0", first);
    arguments.set("T_mult", factor);
    arguments.set("eta_min", low);
    int64_t length = first * run.unit(), begin = 0;  // of the cycle that step k is in
    run.expect("CosineWarmRestarts", arguments, run.warmup * run.unit(), run.context.lr, [&](int64_t k) {
      if (k - begin == length) {
        begin = k;
        length *= factor;
      }
      const double share = static_cast<double>(k - begin) / static_cast<double>(length);
      return low + (run.context.lr - low) * (1 + std::cos(pi * share)) / 2;
    });
  }
}

TEST(ScheduleProperties, InverseSqrtHalvesAtThreeTimesItsSteps) {
  Draw draw(55);
  for (int repeat = 0; repeat < 50; ++repeat) {
    const Common run(draw);
    Config arguments = run.arguments();
    const double steps = draw.real(0.5, 50);
    arguments.set("decay_steps", steps);
    run.expect("InverseSqrt", arguments, run.warmup * run.unit(), run.context.lr,
               [&](int64_t k) { return run.context.lr * std::sqrt(steps / (steps + static_cast<double>(k))); });
  }
}

TEST(ScheduleProperties, LinearFallsToItsEndAndStays) {
  Draw draw(56);
  for (int repeat = 0; repeat < 100; ++repeat) {
    Common run(draw);
    run.by_epoch = false;
    Config arguments = run.arguments();
    const double end = draw.real(0, 0.01), power = draw.real(0.5, 3);
    arguments.set("end_lr", end);
    arguments.set("power", power);
    const double total = static_cast<double>((run.context.epochs - run.warmup) * run.unit());
    run.expect("Linear", arguments, run.warmup * run.unit(), run.context.lr, [&](int64_t k) {
      const double left = std::max(0.0, 1 - static_cast<double>(k) / total);
      return end + (run.context.lr - end) * std::pow(left, power);
    });
  }
}

TEST(ScheduleProperties, OneCycleRisesToItsPeakAndFallsToItsEnd) {
  Draw draw(57);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const ScheduleContext context{draw.real(0.01, 0.5), draw.integer(4, 9), draw.integer(5, 9)};
    const bool three = draw.coin();
    const double share = draw.real(0.2, 0.45), divide = draw.real(2, 30), end = draw.real(0, 1e-4);
    const auto schedule =
        make_schedule(Config::map({{"OneCycleLR", Config::map({{"phase_pct", share},
                                                               {"divide_factor", divide},
                                                               {"end_learning_rate", end},
                                                               {"three_phase", three},
                                                               {"anneal_strategy", draw.coin() ? "cos" : "linear"}})}}),
                      context);
    const int64_t total = context.epochs * context.iters_per_epoch;
    const double peak_at = share * static_cast<double>(total) - 1;
    double before = 0;
    for (int64_t k = 0; k < total + 3; ++k, schedule->step()) {
      const double rate = schedule->lr(), now = static_cast<double>(k);
      if (k == 0) EXPECT_NEAR(rate, context.lr / divide, 1e-12);
      else if (now <= peak_at) EXPECT_GT(rate, before);
      else if (now - 1 >= peak_at && k < total) EXPECT_LT(rate, before + 1e-15);
      if (k >= total - 1) EXPECT_NEAR(rate, end, 1e-12);
      if (three && std::abs(now - 2 * peak_at) < 1e-9) EXPECT_NEAR(rate, context.lr / divide, 1e-9);
      EXPECT_LE(rate, context.lr + 1e-12);
      before = rate;
    }
  }
}

// Plateaus against the rules of PyTorch's and PaddlePaddle's documentation, written down once more.
TEST(ScheduleProperties, PlateausFollowTheirRules) {
  Draw draw(58);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const bool torch = draw.coin(), smaller = draw.coin(), relative = draw.coin();
    const double factor = draw.real(0.1, 0.9), threshold = draw.real(0, 0.2), low = draw.real(0, 0.02);
    const double smoothing = torch && draw.coin() ? draw.real(0, 0.9) : 0;
    const int64_t patience = draw.integer(0, 3), cooldown = draw.integer(0, 3);
    Config arguments = Config::map({{"factor", factor},
                                    {"threshold", threshold},
                                    {"min_lr", low},
                                    {"patience", patience},
                                    {"cooldown", cooldown},
                                    {"mode", smaller ? "min" : "max"},
                                    {"threshold_mode", relative ? "rel" : "abs"}});
    if (torch) arguments.set("smoothing_factor", smoothing);
    const auto schedule =
        make_schedule(Config::map({{torch ? "ReduceLROnPlateau" : "ReduceOnPlateau", arguments}}), {0.1, 1, 1});
    double rate = 0.1, best = smaller ? HUGE_VAL : -HUGE_VAL, mean = 0;
    int64_t bad = 0, resting = 0;
    bool first = true;
    for (int epoch = 0; epoch < 40; ++epoch) {
      const double value = draw.real(0.5, 1.5);
      mean = first ? value : smoothing * mean + (1 - smoothing) * value;
      const auto judge = [&] {
        const double margin = relative ? threshold * best : threshold;
        const bool better = first || (smaller ? mean < best - margin : mean > best + margin);
        if (better) best = mean;
        bad = better ? 0 : bad + 1;
        first = false;
      };
      bool rested = false;
      if (torch) {
        judge();
        if (resting > 0) {
          --resting;
          bad = 0;
        }
      } else if (resting > 0) {
        --resting;
        rested = true;
      } else {
        judge();
      }
      if (!rested && bad > patience) {
        resting = cooldown;
        bad = 0;
        const double reduced = std::max(rate * factor, low);
        if (rate - reduced > 1e-8) rate = reduced;
      }
      schedule->step(value);
      ASSERT_NEAR(schedule->lr(), rate, 1e-15) << to_json(arguments, -1) << " epoch " << epoch;
    }
  }
}

TEST(ScheduleProperties, ArgumentsAtTheEndsOfTheirRangesGiveRates) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  for (const int64_t epochs : {int64_t{0}, int64_t{1}, int64_t{1000}, most}) {
    for (const int64_t iterations : {int64_t{1}, int64_t{4}, int64_t{1} << 40, most}) {
      const ScheduleContext context{0.1, epochs, iterations};
      for (const bool by_epoch : {false, true}) {
        for (const Config& schedule :
             {Config::map({{"Step", Config::map({{"step_size", int64_t{1} << 62}})}}),
              Config::map({{"Step", Config::map({{"step_size", most}})}}),
              Config::map({{"MultiStepDecay", Config::map({{"milestones", Config::List{most - 1, most}}})}}),
              Config::map({{"Piecewise",
                            Config::map({{"decay_epochs", Config::List{most}}, {"values", Config::List{0.1, 0.2}}})}}),
              Config::map({{"CosineWarmRestarts", Config::map({{"T_0", 1}, {"T_mult", most}})}}),
              Config::map({{"CosineWarmRestarts", Config::map({{"T_0", most}})}}),
              Config::map({{"Cosine", Config::map({{"T_max", most}})}}),
              Config::map({{"Linear", Config::map({{"cycle", true}})}})}) {
          Config made = schedule;
          made.as_map()[0].second.set("by_epoch", by_epoch);
          const auto one = make_schedule(made, context);
          for (int k = 0; k < 5; ++k, one->step()) {
            EXPECT_TRUE(std::isfinite(one->lr())) << to_json(made, -1) << " " << epochs << " " << iterations;
          }
        }
      }
    }
  }
}

TEST(ScheduleProperties, EveryOneRefusesARunWithoutSteps) {
  for (const auto& schedule : schedules().all()) {
    if (schedule.name.find("Plateau") != std::string::npos) continue;  // it knows no steps
    const Config needed = Config::map({{"gamma", 0.5},
                                       {"decay_steps", 5},
                                       {"step_size", 1},
                                       {"milestones", Config::List{1}},
                                       {"decay_epochs", Config::List{1}},
                                       {"values", Config::List{0.1, 0.2}},
                                       {"T_0", 1}});
    Config arguments = Config::map();
    for (const OptionDoc& option : schedule.options) {
      if (option.default_value.empty()) arguments.set(option.name, needed.at(option.name));
    }
    EXPECT_ERROR(schedule.make(arguments, {0.1, 5, 0}), ErrorKind::invalid_argument, "at least one step an epoch");
    EXPECT_ERROR(schedule.make(arguments, {0.1, -1, 2}), ErrorKind::invalid_argument, "-1 epochs");
    EXPECT_TRUE(std::isfinite(schedule.make(arguments, {0.1, 5, 2})->lr()));
  }
}

}  // namespace
}  // namespace spinel::train
