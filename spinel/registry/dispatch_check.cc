// Golden scenarios of dispatch: steps of registering, dropping and calling on a namespace of their own.
#include <charconv>
#include <map>

#include "spinel/base/format.h"
#include "spinel/registry/check.h"
#include "spinel/registry/dispatch_guards.h"
#include "spinel/registry/golden_value.h"
#include "spinel/registry/library.h"
#include "spinel/registry/operator_error.h"
#include "spinel/registry/schema_parser.h"

namespace spinel::registry::inline v1 {
namespace {

/// What a scenario's kernel with behaviour `throw` throws.
constexpr std::string_view kernel_failure = "kernel: failure";

/// How one step ended.
struct Outcome {
  bool truth = false;  ///< of exists and has_kernel
  std::vector<std::string> ran;
  std::string failure;  ///< the kind, or ""
  std::string message;
};

/// "ns::f.ov" → {"ns::f", "ov"}
OperatorName name_of(const std::string& text) {
  const size_t dot = text.find('.');
  if (dot == std::string::npos) return {text, ""};
  return {text.substr(0, dot), text.substr(dot + 1)};
}

/// "CPU", "SparseCUDA": a tensor with the keys of that backend, as factories of the host make it.
Value tensor_with_keys_of(const std::string& name) {
  const DispatchKey key = parse_dispatch_key(name);
  const DispatchKeySet keys = is_per_backend_key(key)
                                  ? tensor_keys(backend_of(key), functionality_of(key))
                                  : DispatchKeySet({key, DispatchKey::AutogradOther, DispatchKey::ADInplaceOrView});
  return golden_tensor(0.0, ScalarType::float64, keys);
}

Value read_int(std::string_view digits) {
  int64_t value = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc()) {
    fail(ErrorKind::corrupt, "argument: '{}' is no int", digits);
  }
  return value;
}

Value argument(const std::string& text) {
  if (text == "None") return {};
  if (text == "Undefined") return Tensor();
  if (text.starts_with("int:")) return read_int(text.substr(4));
  if (!text.starts_with("[")) return tensor_with_keys_of(text);
  std::vector<Value> items;
  std::string name;
  for (char c : text.substr(1)) {
    if (c != ',' && c != ']') {
      name += c;
      continue;
    }
    if (!name.empty()) items.push_back(argument(std::exchange(name, "")));
  }
  return make_list_value(TypeKind::tensor, std::move(items));
}

DispatchKeySet keys_of_names(const Config* names) {
  DispatchKeySet keys;
  if (names == nullptr) return keys;
  for (const std::string& name : names->as_strings()) keys = keys | DispatchKeySet(parse_dispatch_key(name));
  return keys;
}

class Scenario {
 public:
  /// "" where every step ends as the case says.
  std::string run(const Config::List& steps) {
    for (size_t i = 0; i < steps.size(); ++i) {
      const Outcome outcome = attempt(steps[i]);
      const Config* free = steps[i].find("free");
      if (free != nullptr && free->as_bool()) continue;  // follows a failure that the reference rolls back half only
      if (const std::string wrong = compare(outcome, steps[i].at("result")); !wrong.empty()) {
        return format("step {} ({}): {}", i + 1, to_json(steps[i], -1), wrong);
      }
    }
    return "";
  }

 private:
  Outcome attempt(const Config& step) {
    Outcome outcome;
    trace_.clear();
    try {
      perform(step, outcome);
    } catch (const OperatorError& error) {
      outcome.failure = to_string(error.failure());
      outcome.message = error.what();
    } catch (const Error& error) {
      outcome.failure = error.what() == kernel_failure ? "kernel_threw" : "other";
      outcome.message = error.what();
    }
    outcome.ran = trace_;
    return outcome;
  }

  void perform(const Config& step, Outcome& outcome) {
    const std::string& what = step.at("do").as_string();
    if (what == "library") return open(step);
    if (what == "drop") {
      libraries_.erase(step.at("lib").as_int());
      return;
    }
    if (what == "exists") {
      outcome.truth = Dispatcher::singleton().find_schema(name_of(step.at("op").as_string())).has_value();
    } else if (what == "has_kernel") {
      const auto found = Dispatcher::singleton().find_operator(name_of(step.at("op").as_string()));
      outcome.truth = found && found->has_kernel(parse_dispatch_key(step.at("key").as_string()));
    } else if (what == "call") {
      call(step);
    } else {
      add(what, step);
    }
  }

  void open(const Config& step) {
    const std::string& kind = step.at("kind").as_string();
    std::optional<DispatchKey> key;
    if (const Config* name = step.find("key")) key = parse_dispatch_key(name->as_string());
    const auto library_kind = kind == "DEF"        ? Library::Kind::def
                              : kind == "FRAGMENT" ? Library::Kind::fragment
                                                   : Library::Kind::impl;
    libraries_.emplace(step.at("lib").as_int(), Opened{Library(library_kind, step.at("ns").as_string(), key), key});
  }

  void add(const std::string& what, const Config& step) {
    Opened& opened = libraries_.at(step.at("lib").as_int());
    std::optional<DispatchKey> key;
    if (const Config* name = step.find("key")) key = parse_dispatch_key(name->as_string());
    if (what == "def" && !step.contains("kernel")) {
      opened.library.def(step.at("schema").as_string());
      return;
    }
    const DispatchKey below = key ? *key : opened.key.value_or(DispatchKey::CompositeImplicitAutograd);
    KernelFunction kernel = make_kernel_of(step, below);
    if (what == "def") opened.library.def(step.at("schema").as_string(), std::move(kernel), key);
    else if (what == "impl") opened.library.impl(step.at("op").as_string(), std::move(kernel), key);
    else if (what == "fallback") opened.library.fallback(std::move(kernel));
    else fail(ErrorKind::corrupt, "{}: no step is called '{}'", step.where(), what);
  }

  /// A boxed kernel that notes its name and returns its first argument.
  KernelFunction make_kernel_of(const Config& step, DispatchKey own) {
    const Config* given = step.find("behaviour");
    const std::string behaviour = given == nullptr ? "" : given->as_string();
    if (behaviour == "fallthrough") return KernelFunction::fallthrough();
    const std::string name = step.at("kernel").as_string();
    KernelFunction kernel =
        make_boxed_kernel([this, name, behaviour, own](const OperatorHandle& op, DispatchKeySet keys, Stack* stack) {
          trace_.push_back(name);
          if (behaviour == "throw") throw Error(ErrorKind::internal, std::string(kernel_failure));
          if (behaviour == "redispatch") return op.redispatch_boxed(keys & DispatchKeySet::below(own), *stack);
          if (behaviour == "below_autograd") return op.redispatch_boxed(keys & after_autograd_keys, *stack);
          if (behaviour == "below_autograd_guard") {
            const AutoDispatchBelowADInplaceOrView guard;
            return op.call_boxed(*stack);
          }
          Value first = stack->empty() ? Value() : stack->front();
          stack->assign(1, std::move(first));
        });
    if (const Config* signature = step.find("signature")) add_signature(kernel, signature->as_string());
    return kernel;
  }

  /// The kernel is checked like a C++ function of the type `Tensor(Tensor,int)`.
  static void add_signature(KernelFunction& kernel, const std::string& text) {
    std::string arguments, word;
    const size_t open = text.find('(');
    int count = 0;
    for (char c : text.substr(open + 1)) {
      if (c != ',' && c != ')') {
        word += c;
        continue;
      }
      if (word.empty()) continue;
      const std::string type = word == "double" ? "float" : word;
      arguments += format("{}{} _{}", count == 0 ? "" : ", ", type, count);
      ++count;
      word.clear();
    }
    kernel.signature = kernel.kernel_signature = internal::intern(text);
    FunctionSchema schema = parse_schema(format("f({}) -> {} _0", arguments, text.substr(0, open)));
    schema.name = {};
    kernel.inferred = std::make_shared<const FunctionSchema>(std::move(schema));
  }

  void call(const Config& step) {
    const OperatorName name = name_of(step.at("op").as_string());
    const OperatorHandle op = Dispatcher::singleton().find_schema_or_throw(name.name, name.overload);
    Stack stack;
    for (const std::string& text : step.at("args").as_strings()) stack.push_back(argument(text));
    const IncludeDispatchKeyGuard include(keys_of_names(step.find("include")));
    const ExcludeDispatchKeyGuard exclude(keys_of_names(step.find("exclude")));
    op.call_boxed(stack);
  }

  static std::string compare(const Outcome& outcome, const Config& expected) {
    const std::string found = outcome.failure.empty() ? "" : format("{}: {}", outcome.failure, outcome.message);
    if (expected.type() == Config::Type::boolean) {
      return found.empty() && outcome.truth == expected.as_bool() ? "" : format("{} {}", outcome.truth, found);
    }
    if (expected.is_string()) return found;  // "ok"
    if (const Config* ran = expected.find("ran"); ran != nullptr && ran->as_strings() != outcome.ran) {
      return format("ran [{}] instead of [{}] {}", join_text(outcome.ran, ", "), join_text(ran->as_strings(), ", "),
                    found);
    }
    const Config* error = expected.find("error");
    if (error == nullptr) return found;
    if (error->as_string() == outcome.failure) return "";
    if (outcome.failure.empty()) return "no error instead of " + error->as_string();
    return same_opening(outcome.message, expected) ? "" : format("{} instead of {}", found, error->as_string());
  }

  /// The cases name some kinds otherwise than we do; then the words of the messages decide.
  static bool same_opening(const std::string& message, const Config& expected) {
    const Config* theirs = expected.find("message");
    if (theirs == nullptr || theirs->as_string().size() < 40) return false;
    return message.find(theirs->as_string().substr(0, 40)) != std::string::npos;
  }

  struct Opened {
    Library library;
    std::optional<DispatchKey> key;
  };
  std::vector<std::string> trace_;
  std::map<int64_t, Opened> libraries_;  // behind the trace, to which its kernels refer
};

}  // namespace

std::vector<golden::JsonFunction> dispatch_golden_json() {
  return {{.name = "registry/dispatch", .lists = {"scenarios"}, .run = [](const Config& entry, const Config&) {
             return Scenario().run(entry.at("steps").as_list());
           }}};
}

}  // namespace spinel::registry::inline v1
