#include <algorithm>
#include <memory>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/cli/commands.h"
#include "spinel/cli/ops/libraries.h"
#include "spinel/cli/ops/operators.h"
#include "spinel/cli/ops/results.h"
#include "spinel/cli/output.h"
#include "spinel/hosts/bridge/torch_value.h"

namespace spinel::cli {
namespace {

struct OpsArguments {
  std::string action;
  std::string name;
  std::vector<std::string> words;
  std::vector<std::string> libraries;
  FunctionOptions functions;
  std::string output;
  bool torch = false;
};

void refuse_words(const OpsArguments& arguments) {
  require(arguments.words.empty(), "ops {}: the argument '{}' is one too many", arguments.action,
          arguments.words.empty() ? "" : arguments.words.front());
}

int run_list(const OpsArguments& arguments) {
  refuse_words(arguments);
  const std::vector<Operator> operators = list_operators(arguments.name, arguments.torch);
  for (const Operator& one : operators) print_line(one.schema.to_string());
  if (operators.empty()) {
    print_line(format("no operator{} is defined here; --load FILE loads a library, --torch lists libtorch's",
                      arguments.name.empty() ? "" : " with '" + arguments.name + "' in its name"));
  }
  return 0;
}

int run_schema(const OpsArguments& arguments) {
  refuse_words(arguments);
  for (const Operator& one : find_operators(arguments.name, arguments.torch)) {
    print_line(one.schema.to_string());
    const std::vector<std::string> kernels = one.kernels();
    print_line(format("  {}, {}", one.host(), kernels.empty() ? "no kernels" : "kernels:"));
    for (const std::string& kernel : kernels) print_line("    " + kernel);
  }
  return 0;
}

/// libtorch's operators return handles of their own for the tensors they were given.
bool is_same(const registry::Value& a, const registry::Value& b) {
  if (!a.is_tensor() || !b.is_tensor()) return a == b;
  return hosts::to_torch(a.to_tensor()).is_same(hosts::to_torch(b.to_tensor()));
}

/// The returns by name or number, and then the arguments that were written and are not among them.
std::vector<NamedResult> results_of(const registry::FunctionSchema& schema, const registry::Stack& arguments,
                                    const registry::Stack& returned) {
  std::vector<NamedResult> results;
  for (size_t i = 0; i < returned.size(); ++i) {
    const bool has_name = i < schema.returns.size() && !schema.returns[i].name.empty();
    results.push_back({has_name               ? schema.returns[i].name
                       : returned.size() == 1 ? "result"
                                              : format("result.{}", i),
                       returned[i]});
  }
  for (size_t i = 0; i < schema.arguments.size(); ++i) {
    if (!schema.arguments[i].is_write()) continue;
    const bool is_returned = std::any_of(returned.begin(), returned.end(),
                                         [&](const registry::Value& value) { return is_same(value, arguments[i]); });
    if (!is_returned) results.push_back({schema.arguments[i].name, arguments[i]});
  }
  return results;
}

int run_call(const OpsArguments& arguments) {
  const std::vector<Operator> overloads = find_operators(arguments.name, arguments.torch);
  const auto [chosen, bound] = bind_arguments(overloads, split_arguments(arguments.words));
  registry::Stack stack = bound;
  chosen->call(stack);
  const std::vector<NamedResult> results = results_of(chosen->schema, bound, stack);
  for (const NamedResult& result : results) print_line(result.name + ": " + result_text(result.value));
  if (!arguments.output.empty()) write_results(arguments.output, results);
  return 0;
}

int run_load(const OpsArguments& arguments) {
  refuse_words(arguments);
  for (const LoadedOperators& loaded : load_operators({arguments.name}, arguments.functions)) {
    print_line(format("{}: {} operators and {} classes", loaded.path, loaded.operators.size(), loaded.classes.size()));
    for (const std::string& line : loaded.operators) print_line("  " + line);
    for (const std::string& name : loaded.classes) print_line("  class " + name);
    for (const std::string& line : loaded.notes) print_line("  " + line);
  }
  return 0;
}

int run_ops(const OpsArguments& arguments) {
  const std::vector<std::string> actions = {"list", "schema", "call", "load"};
  if (std::find(actions.begin(), actions.end(), arguments.action) == actions.end()) {
    fail(ErrorKind::invalid_argument, "ops: there is no action '{}'{}", arguments.action,
         suggestion(arguments.action, actions));
  }
  // New tensors of operators of the layer are libtorch's.
  registry::set_default_tensor_methods(&hosts::torch_methods());
  load_operators(arguments.libraries, arguments.functions);
  if (arguments.action == "list") return run_list(arguments);
  require(!arguments.name.empty(), "ops {}: the name of {} is missing", arguments.action,
          arguments.action == "load" ? "a library" : "an operator");
  if (arguments.action == "schema") return run_schema(arguments);
  return arguments.action == "call" ? run_call(arguments) : run_load(arguments);
}

}  // namespace

Command ops_command() {
  return {
      "ops", "List, describe and call operators of loaded libraries",
      "  spinel ops load ./libmyops.so                          what a library registers\n"
      "  spinel ops list --load ./libmyops.so\n"
      "  spinel ops list softmax --torch                        libtorch's operators too\n"
      "  spinel ops schema aten::add                            schemas, keys with kernels\n"
      "  spinel ops call aten::add '[1, 2]' '[3, 4]' alpha=2\n"
      "  spinel ops call aten::matmul a.safetensors:x b.npy -o product.safetensors\n"
      "  spinel ops call aten::cat '[[[1, 2]], [[3, 4]]]' dim=1\n"
      "  spinel ops call aten::sum '[[1, 2], [3, 4]]:float64' '[0]' dtype=float32\n"
      "Values are typed as in Python; a tensor is FILE.safetensors:KEY, FILE.npz:KEY, FILE.npy, or nested lists of\n"
      "numbers, with :DTYPE behind them where it is not int64 or float32. name=value gives an argument by name.\n",
      [] {
        const auto a = std::make_shared<OpsArguments>();
        return Invocation{
            {{"ACTION", &a->action, "list, schema, call or load", "", {.required = true}},
             {"NAME", &a->name, "Operator (namespace::name[.overload]), part of a name, or library"},
             {"VALUES", &a->words, "Arguments of the call, by position or as name=value"},
             {"--load", &a->libraries,
              "Load a library first: one of the layer, of libtorch or of TVM-FFI; may be repeated", "FILE"},
             {"--namespace", &a->functions.name_space,
              "Of the operators made of TVM-FFI functions [the library's name]", "NAME"},
             {"--schema", &a->functions.schemas,
              "Schema of a TVM-FFI function that does not tell its own; may be repeated", "SCHEMA"},
             {"--torch", &a->torch, "libtorch's own operators: listed too, and meant by name"},
             {"-o,--output", &a->output, "Write the results of a call", "FILE.safetensors"}},
            [a] { return run_ops(*a); }};
      }};
}

}  // namespace spinel::cli
