// Parsing of operator schemas against torch::jit::parseSchema, in alternating pairs on one thread, over the schemas of
// all operators that libtorch has registered. What both read must print alike.
#include <sched.h>
#include <torch/csrc/jit/frontend/function_schema_parser.h>
#include <torch/csrc/jit/runtime/operator.h>
#include <torch/version.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <set>
#include <sstream>

#include "spinel/base/format.h"
#include "spinel/registry/schema_parser.h"

namespace {

const spinel::registry::SchemaContext any_class{[](std::string_view) { return true; }};

std::string printed_by_torch(const c10::FunctionSchema& schema) {
  std::ostringstream text;
  text << schema;
  return text.str();
}

/// Alias sets print in the order of a hash table there, sorted here.
bool same_but_for_order(std::string a, std::string b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

/// Texts of all registered operators that torch can read back; a few it cannot.
std::vector<std::string> registered_schemas(std::string_view name_space) {
  std::set<std::string> texts;
  for (const auto& op : torch::jit::getAllOperators()) {
    const std::string text = printed_by_torch(op->schema());
    if (!text.starts_with(name_space)) continue;
    try {
      const std::string expected = printed_by_torch(torch::jit::parseSchema(text));
      const std::string found = spinel::registry::parse_schema(text, any_class).to_string();
      if (!same_but_for_order(found, expected)) {
        std::cerr << "differs: " << found << "\n  torch: " << expected << "\n";
        std::exit(1);
      }
      texts.insert(text);
    } catch (const c10::Error&) {
    }
  }
  return {texts.begin(), texts.end()};
}

/// Processor time, which other programs on the machine disturb less than the clock on the wall.
template <typename Parse>
double seconds(const std::vector<std::string>& texts, int rounds, const Parse& parse) {
  size_t arguments = 0;
  const std::clock_t begin = std::clock();
  for (int round = 0; round < rounds; ++round) {
    for (const std::string& text : texts) arguments += parse(text);
  }
  const double taken = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  if (arguments == 0) std::abort();
  return taken / rounds;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(std::string_view title, const std::vector<std::string>& texts) {
  constexpr int pairs = 7, own_rounds = 10, their_rounds = 2;
  std::vector<double> own, theirs;
  for (int pair = 0; pair <= pairs; ++pair) {
    const double a = seconds(texts, own_rounds, [](const std::string& text) {
      return spinel::registry::parse_schema(text, any_class).arguments.size();
    });
    const double b = seconds(texts, their_rounds,
                             [](const std::string& text) { return torch::jit::parseSchema(text).arguments().size(); });
    if (pair == 0) continue;  // the warm-up
    own.push_back(a);
    theirs.push_back(b);
  }
  double load = 0;
  getloadavg(&load, 1);
  const double count = static_cast<double>(texts.size());
  std::cout << spinel::format(
      "{}: {} schemas, ours {:.0f}/s, torch::jit::parseSchema {:.0f}/s, {:.2f} times its speed, "
      "load {:.2f}\n",
      title, texts.size(), count / median(own), count / median(theirs), median(theirs) / median(own), load);
}

}  // namespace

int main() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof(one), &one);
  std::cout << "libtorch " << TORCH_VERSION << "\n";
  compare("aten", registered_schemas("aten::"));
  compare("all ", registered_schemas(""));
}
