// The comparison rules of golden cases: from the rule of each output to what agrees and what does not.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spinel/cli/check/comparison.h"
#include "spinel/cli/check/rows.h"
#include "spinel/hosts/torch/golden_function.h"

namespace spinel::check {

/// A rule as written: "rows:edges@1%1" is name rows, argument edges, axis 1, modulo one.
struct Rule {
  std::string name;      ///< "rows", "elementwise", "crystal", …
  std::string argument;  ///< what follows ':' (or '@' of json): a group, an output, a property
  int64_t axis = 0;
  bool modulo_one = false;
  std::optional<OptionalRows> optional;
  std::string text;  ///< as written, for messages
};

/// The rules that must all hold for one output. An unknown rule is an Error.
std::vector<Rule> parse_rules(const Config& rules);

/// What one output's comparison gave.
struct OutputReport {
  std::string output;
  Comparison comparison;
};

/// All results of a case beside its stored ones.
class OutputComparison {
 public:
  OutputComparison(const GoldenCase& golden, const golden::Outputs& outputs);

  /// One report per output (and one per None that must be None), in order.
  std::vector<OutputReport> run();
  /// The cotangent of a stored tensor, its rows in the order of the result's.
  at::Tensor cotangent_for_result(const std::string& part) const;

  const GoldenCase& golden() const { return golden_; }
  /// A result by name; undefined where it is None or missing.
  at::Tensor result(const std::string& name) const;
  const Config* result_value(const std::string& name) const;
  const Config* expected_value(const std::string& name) const { return golden_.section("expect").find(name); }
  /// Rules of an output; elementwise where the case names none.
  const std::vector<Rule>& rules(const std::string& output) const { return rules_.at(output); }
  /// Remembers how an output's rows were matched, for its cotangent.
  void set_row_match(const std::string& part, int64_t axis, std::vector<int64_t> stored_of_result);
  /// The comparison of a group is made once, for its first output.
  std::map<std::string, Comparison>& groups() { return groups_; }

 private:
  Comparison compare_output(const std::string& output);
  Comparison no_surplus(const std::string& output) const;

  const GoldenCase& golden_;
  const golden::Outputs& outputs_;
  std::map<std::string, std::vector<Rule>> rules_;
  std::map<std::string, std::pair<int64_t, std::vector<int64_t>>> row_matches_;
  std::map<std::string, Comparison> groups_;
};

/// One kind of rule: how an output is compared by it.
struct RuleEntry {
  std::string name;
  Comparison (*compare)(OutputComparison& all, const std::string& output, const Rule& rule);
};
/// All kinds of rules by name.
const std::vector<RuleEntry>& rule_list();

// Rules that fill a source of their own.
Comparison compare_crystal(OutputComparison& all, const std::string& output, const Rule& rule);
Comparison compare_property(OutputComparison& all, const std::string& output, const Rule& rule);
Comparison compare_files(OutputComparison& all, const std::string& output, const Rule& rule);
Comparison compare_greedy(OutputComparison& all, const std::string& output, const Rule& rule);

/// Elementwise over all parts of an output, and over its value in `expect`.
Comparison compare_elementwise_rule(OutputComparison& all, const std::string& output, const Rule& rule);

}  // namespace spinel::check
