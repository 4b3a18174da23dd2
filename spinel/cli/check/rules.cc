#include "spinel/cli/check/rules.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <charconv>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel::check {
namespace {

std::vector<std::string> rule_names() {
  std::vector<std::string> names;
  for (const RuleEntry& entry : rule_list()) names.push_back(entry.name);
  return names;
}

Rule parse_rule_text(const std::string& text) {
  Rule rule;
  rule.text = text;
  std::string rest = text;
  if (rest.ends_with("%1")) {
    rule.modulo_one = true;
    rest.resize(rest.size() - 2);
  }
  const size_t at = rest.rfind('@');
  if (at != std::string::npos && rest.starts_with("json@")) {
    rule.argument = rest.substr(at + 1);
    rest.resize(at);
  } else if (at != std::string::npos) {
    const char* const end = rest.data() + rest.size();
    const auto [stop, error] = std::from_chars(rest.data() + at + 1, end, rule.axis);
    if (error != std::errc() || stop != end || rule.axis < 0) {
      fail(ErrorKind::corrupt, "compare: the rule '{}' has no axis after '@'", text);
    }
    rest.resize(at);
  }
  const size_t colon = rest.find(':');
  rule.name = rest.substr(0, colon);
  if (colon != std::string::npos) rule.argument = rest.substr(colon + 1);
  const std::vector<std::string> names = rule_names();
  if (std::find(names.begin(), names.end(), rule.name) == names.end()) {
    fail(ErrorKind::corrupt, "compare: there is no rule '{}'{}", rule.name, suggestion(rule.name, names));
  }
  return rule;
}

Rule parse_rule(const Config& value) {
  if (value.is_string()) return parse_rule_text(value.as_string());
  Rule rule = parse_rule_text(value.at("rule").as_string());
  if (const Config* optional = value.find("optional")) {
    rule.optional = OptionalRows{optional->at("column").as_int(), optional->at("below").as_double()};
  }
  return rule;
}

Comparison compare_skip(OutputComparison&, const std::string&, const Rule&) { return {true, "not compared by itself"}; }

Comparison compare_rows(OutputComparison& all, const std::string& output, const Rule& rule) {
  const std::string group = "rows:" + rule.argument;
  if (!rule.argument.empty() && all.groups().contains(group)) return {all.groups().at(group).ok, "as its group"};
  std::vector<RowMember> members;
  std::vector<std::string> parts;
  for (const std::string& name : all.golden().outputs) {
    for (const Rule& other : all.rules(name)) {
      const bool same = name == output
                            ? other.text == rule.text
                            : other.name == "rows" && !rule.argument.empty() && other.argument == rule.argument;
      if (!same) continue;
      RowMember member{name, all.result(name), all.golden().stored.get(name), {}, {}, other.axis, other.modulo_one};
      if (const Config* expected = all.expected_value(name)) {
        member.stored_items = *expected;
        if (const Config* value = all.result_value(name)) member.result_items = *value;
      } else if (!member.stored.defined()) {
        return Comparison::differs(format("the case stores no tensor '{}' for its rows", name));
      }
      members.push_back(std::move(member));
      break;
    }
  }
  RowMatch match = match_rows(members, all.golden().tolerance, rule.optional);
  for (const RowMember& member : members) {
    if (member.stored.defined()) all.set_row_match(member.name, member.axis, match.stored_of_result);
  }
  if (!rule.argument.empty()) all.groups().emplace(group, match.comparison);
  return match.comparison;
}

Comparison compare_ids(OutputComparison& all, const std::string& output, const Rule&) {
  const at::Tensor stored = all.golden().stored.get(output);
  const at::Tensor subset = all.golden().inputs.get("subset");
  const at::Tensor result = all.result(output);
  if (!stored.defined() || !subset.defined()) return Comparison::differs("the case has no ids and no input 'subset'");
  if (!result.defined() || result.scalar_type() != stored.scalar_type() || result.sizes() != stored.sizes() ||
      subset.numel() > stored.numel()) {
    return compare_elementwise(result, stored, {});
  }
  const Comparison first =
      compare_elementwise(result.narrow(0, 0, subset.numel()), stored.narrow(0, 0, subset.numel()), {});
  if (!first.ok) return Comparison::differs("the first ids: " + first.text);
  const Comparison others = compare_elementwise(std::get<0>(result.sort()), std::get<0>(stored.sort()), {});
  return others.ok ? others : Comparison::differs("the ids as a set: " + others.text);
}

/// Columns are positions in the ids, whose order is free: ids[col] on both sides, then (row, column, value) as rows.
Comparison compare_via(OutputComparison& all, const std::string& output, const Rule& rule) {
  std::vector<RowMember> members;
  for (const std::string& part : all.golden().parts_of(output)) {
    RowMember member{part, all.result(part), all.golden().stored.get(part), {}, {}, 0, false};
    if (!member.result.defined()) return Comparison::differs(part + " is None");
    if (part == output + ".col") {
      const auto replace = [](const at::Tensor& ids, at::Tensor& col) {
        const bool inside =
            col.numel() == 0 || (col.min().item<int64_t>() >= 0 && col.max().item<int64_t>() < ids.numel());
        if (inside) col = ids.index_select(0, col.to(at::kLong).flatten());
        return inside;
      };
      const at::Tensor ids = all.result(rule.argument);
      if (!ids.defined()) return Comparison::differs(rule.argument + " is None");
      if (!replace(ids, member.result) || !replace(all.golden().stored.at(rule.argument, "output"), member.stored)) {
        return Comparison::differs(part + ": a column is no position in " + rule.argument);
      }
    }
    members.push_back(std::move(member));
  }
  if (members.empty()) return Comparison::differs("the case stores no sparse output of this name");
  RowMatch match = match_rows(members, all.golden().tolerance);
  for (const RowMember& member : members) all.set_row_match(member.name, 0, match.stored_of_result);
  return match.comparison;
}

/// The value of an output that is JSON: given as such, or as the bytes of a text.
std::optional<Config> json_result(const OutputComparison& all, const std::string& output) {
  if (const Config* value = all.result_value(output)) return *value;
  const at::Tensor bytes = all.result(output);
  if (!bytes.defined() || bytes.scalar_type() != at::kByte) return std::nullopt;
  return parse_json(golden::to_text(bytes), output);
}

std::vector<std::string> cut_texts(const at::Tensor& bytes, const at::Tensor& offsets) {
  const std::string text = golden::to_text(bytes);
  const at::Tensor at_cpu = offsets.to(at::kCPU, at::kLong).contiguous();
  const int64_t* cut = at_cpu.const_data_ptr<int64_t>();
  std::vector<std::string> texts;
  for (int64_t i = 0; i + 1 < at_cpu.numel(); ++i) {
    require(cut[i] >= 0 && cut[i] <= cut[i + 1] && cut[i + 1] <= static_cast<int64_t>(text.size()),
            "offsets: [{}, {}) does not lie in a text of {} bytes", cut[i], cut[i + 1], text.size());
    texts.push_back(text.substr(cut[i], cut[i + 1] - cut[i]));
  }
  return texts;
}

Comparison compare_json_texts(OutputComparison& all, const std::string& output, const Rule& rule) {
  const at::Tensor result = all.result(output), offsets = all.result(rule.argument);
  if (!result.defined() || !offsets.defined()) return Comparison::differs("the text or its offsets are None");
  const auto results = cut_texts(result, offsets);
  const auto stored =
      cut_texts(all.golden().stored.at(output, "output"), all.golden().stored.at(rule.argument, "output"));
  if (results.size() != stored.size()) {
    return Comparison::differs(format("{} values instead of {}", results.size(), stored.size()));
  }
  for (size_t i = 0; i < stored.size(); ++i) {
    const std::string name = output + "[" + std::to_string(i) + "]";
    Comparison one = compare_json(parse_json(results[i], name), parse_json(stored[i], name), all.golden().tolerance);
    if (!one.ok) return Comparison::differs(name + ": " + one.text);
  }
  return {true, format("{} values", stored.size())};
}

Comparison compare_json_rule(OutputComparison& all, const std::string& output, const Rule& rule) {
  if (!rule.argument.empty()) return compare_json_texts(all, output, rule);
  const Config* expected = all.expected_value(output);
  if (!expected) return Comparison::differs("the case has no 'expect' for it");
  const std::optional<Config> result = json_result(all, output);
  if (!result) return Comparison::differs("it is None");
  return compare_json(*result, *expected, all.golden().tolerance);
}

Comparison compare_cif_rule(OutputComparison& all, const std::string& output, const Rule&) {
  const at::Tensor result = all.result(output);
  if (!result.defined()) return Comparison::differs("it is None");
  return compare_cif_operators(golden::to_text(result), golden::to_text(all.golden().stored.at(output, "output")));
}

Comparison compare_gram_rule(OutputComparison& all, const std::string& output, const Rule&) {
  const at::Tensor result = all.result(output);
  if (!result.defined()) return Comparison::differs("it is None");
  return compare_gram(result, all.golden().stored.at(output, "output"), all.golden().tolerance);
}

}  // namespace

Comparison compare_elementwise_rule(OutputComparison& all, const std::string& output, const Rule& rule) {
  const Tolerance tolerance = all.golden().tolerance;
  const auto tensors = [&](const std::string& result, const std::string& stored) -> Comparison {
    // A sparse matrix is three tensors below one name.
    bool any = false;
    for (const auto& [name, tensor] : all.golden().stored) {
      if (name != stored && !name.starts_with(stored + ".")) continue;
      any = true;
      Comparison one = compare_elementwise(all.result(result + name.substr(stored.size())), tensor, tolerance);
      if (!one.ok) return Comparison::differs(name + ": " + one.text);
    }
    return any ? Comparison{} : Comparison::differs("the case stores no tensor '" + stored + "'");
  };
  if (const Config* expected = all.expected_value(output)) {
    const std::optional<Config> result = json_result(all, output);
    if (!result) return Comparison::differs("it is None");
    return compare_json(*result, *expected, tolerance, tensors);
  }
  const std::vector<std::string> parts = all.golden().parts_of(output);
  if (parts.empty()) return Comparison::differs("the case stores neither a tensor nor an expected value of this name");
  Comparison last;
  for (const std::string& part : parts) {
    last = compare_elementwise(all.result(part), all.golden().stored.at(part, "output"), tolerance, rule.modulo_one);
    if (!last.ok) return parts.size() == 1 ? last : Comparison::differs(part + ": " + last.text);
  }
  return last;
}

const std::vector<RuleEntry>& rule_list() {
  static const std::vector<RuleEntry> list = {
      {"elementwise", compare_elementwise_rule},
      {"rows", compare_rows},
      {"ids", compare_ids},
      {"via", compare_via},
      {"json", compare_json_rule},
      {"skip", compare_skip},
      {"cif_operators", compare_cif_rule},
      {"gram", compare_gram_rule},
      {"files", compare_files},
      {"property", compare_property},
      {"greedy", compare_greedy},
      {"crystal", compare_crystal},
  };
  return list;
}

std::vector<Rule> parse_rules(const Config& rules) {
  std::vector<Rule> result;
  if (rules.is_list()) {
    for (const Config& rule : rules.as_list()) result.push_back(parse_rule(rule));
  } else {
    result.push_back(parse_rule(rules));
  }
  return result;
}

OutputComparison::OutputComparison(const GoldenCase& golden, const golden::Outputs& outputs)
    : golden_(golden), outputs_(outputs) {
  const Config& compare = golden.section("compare");
  for (const std::string& output : golden.outputs) {
    const Config* rules = compare.find(output);
    rules_[output] = parse_rules(rules ? *rules : Config("elementwise"));
  }
}

at::Tensor OutputComparison::result(const std::string& name) const {
  for (const auto& [key, tensor] : outputs_.tensors) {
    if (key != name) continue;
    const bool convert = golden_.other_dtype && tensor.defined() && tensor.is_floating_point();
    return convert ? tensor.to(*golden_.other_dtype) : tensor;
  }
  return {};
}

const Config* OutputComparison::result_value(const std::string& name) const {
  for (const auto& [key, value] : outputs_.values) {
    if (key == name) return &value;
  }
  return nullptr;
}

void OutputComparison::set_row_match(const std::string& part, int64_t axis, std::vector<int64_t> stored_of_result) {
  row_matches_[part] = {axis, std::move(stored_of_result)};
}

at::Tensor OutputComparison::cotangent_for_result(const std::string& part) const {
  const at::Tensor cotangent = golden_.cotangents.get(part);
  const auto found = row_matches_.find(part);
  if (!cotangent.defined() || found == row_matches_.end()) return cotangent;
  const auto& [axis, stored_of_result] = found->second;
  // A surplus row has no stored one: its cotangent is 0.
  const at::Tensor index = at::tensor(stored_of_result, at::kLong).to(cotangent.device());
  const at::Tensor rows = cotangent.index_select(axis, index.clamp_min(0));
  std::vector<int64_t> shape(static_cast<size_t>(cotangent.dim()), 1);
  shape[static_cast<size_t>(axis)] = index.numel();
  return rows * (index >= 0).to(cotangent.scalar_type()).view(shape);
}

Comparison OutputComparison::no_surplus(const std::string& output) const {
  const std::vector<std::string> parts = golden_.parts_of(output);
  if (parts.empty() || parts.front() == output) return {};
  for (const auto& [name, tensor] : outputs_.tensors) {
    if (!tensor.defined() || !(name.starts_with(output + ".") || name.starts_with(output + "/"))) continue;
    const bool known = std::find(parts.begin(), parts.end(), name) != parts.end() ||
                       std::find(golden_.outputs.begin(), golden_.outputs.end(), name) != golden_.outputs.end();
    if (!known) return Comparison::differs("'" + name + "' must be None");
  }
  return {};
}

Comparison OutputComparison::compare_output(const std::string& output) {
  if (std::find(golden_.none_outputs.begin(), golden_.none_outputs.end(), output) != golden_.none_outputs.end()) {
    const Config* value = result_value(output);
    return result(output).defined() || (value && !value->is_null()) ? Comparison::differs("it must be None")
                                                                    : Comparison{true, "None"};
  }
  Comparison last = no_surplus(output);
  if (!last.ok) return last;
  for (const Rule& rule : rules_.at(output)) {
    const auto entry = std::find_if(rule_list().begin(), rule_list().end(),
                                    [&](const RuleEntry& candidate) { return candidate.name == rule.name; });
    last = entry->compare(*this, output, rule);
    if (!last.ok) {
      if (rule.name != "elementwise") last.text += " (rule " + rule.text + ")";
      return last;
    }
  }
  return last;
}

std::vector<OutputReport> OutputComparison::run() {
  std::vector<OutputReport> reports;
  std::vector<std::string> names = golden_.outputs;
  for (const std::string& name : golden_.none_outputs) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  for (const std::string& output : names) {
    try {
      reports.push_back({output, compare_output(output)});
    } catch (const Error& error) {
      reports.push_back({output, Comparison::differs(error.what())});
    }
  }
  return reports;
}

}  // namespace spinel::check
