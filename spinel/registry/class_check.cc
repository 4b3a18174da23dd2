// Golden steps of custom classes: expressions in the host's language, run on a class that is registered here.
#include <charconv>
#include <map>

#include "spinel/base/format.h"
#include "spinel/registry/check.h"
#include "spinel/registry/class.h"
#include "spinel/registry/object.h"
#include "spinel/registry/operator_error.h"

namespace spinel::registry::inline v1 {
namespace {

/// The class that the cases describe.
struct Accumulator : CustomClassHolder {
  explicit Accumulator(int64_t start) : v(start) {}
  int64_t add(int64_t d) { return v += d; }
  int64_t get() const { return v; }
  int64_t v;
};

Library register_accumulator() {
  Library library(Library::Kind::fragment, "probe");
  using Self = intrusive_ptr<Accumulator>;
  library.custom_class<Accumulator>("Acc")
      .def(init<int64_t>())
      .def("add", &Accumulator::add)
      .def("get", &Accumulator::get)
      .def("addk", [](const Self& self, int64_t a, int64_t b) { return self->v + 10 * a + b; }, "",
           {arg("a"), arg("b") = 7})
      .def_static("make", [](int64_t x) { return make_intrusive<Accumulator>(x); })
      .def_property("v", &Accumulator::get, [](const Self& self, int64_t value) { self->v = value; })
      .def_readwrite("raw", &Accumulator::v)
      .def_pickle([](const Self& self) { return self->v; },
                  [](int64_t state) { return make_intrusive<Accumulator>(state); });
  library.def("use_acc(__torch__.torch.classes.probe.Acc a, int d=1) -> int",
              [](const Self& a, int64_t d) { return a->add(d); });
  return library;
}

/// Evaluates the expressions of the steps: calls, attributes, literals, the variable a, assignments to attributes.
class Interpreter {
 public:
  Value run(std::string_view text) {
    text_ = text;
    at_ = 0;
    Value value = expression();
    if (at_ == text_.size()) return value;
    fail_here();
  }

  /// `a.name=literal`: true where the text is one.
  bool assign(std::string_view text) {
    const size_t equals = text.find('=');
    const size_t dot = text.find('.');
    if (equals == std::string_view::npos || text.find('(') < equals || dot > equals) return false;
    const std::string name(text.substr(dot + 1, equals - dot - 1));
    const Value object = run(text.substr(0, dot));
    set_attribute(object, name, run(text.substr(equals + 1)));
    return true;
  }

  Value a;

 private:
  [[noreturn]] void fail_here() const { fail(ErrorKind::corrupt, "{}: cannot be read from byte {} on", text_, at_); }
  bool take(std::string_view token) {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  std::string word() {
    const size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    if (begin == at_) fail_here();
    return std::string(text_.substr(begin, at_ - begin));
  }
  Value number() {
    int64_t whole = 0;
    const char* end = text_.data() + text_.size();
    const auto [stop, failure] = std::from_chars(text_.data() + at_, end, whole);
    double real = 0;
    const auto [real_stop, real_failure] = std::from_chars(text_.data() + at_, end, real);
    if (failure != std::errc() && real_failure != std::errc()) fail_here();
    const bool is_real = real_stop != stop;
    at_ = static_cast<size_t>((is_real ? real_stop : stop) - text_.data());
    return is_real ? Value(real) : Value(whole);
  }

  struct Arguments {
    std::vector<Value> positional;
    Keywords keywords;
  };
  Arguments arguments() {
    Arguments given;
    while (!take(")")) {
      const size_t equals = text_.find('=', at_), end = text_.find_first_of(",)", at_);
      if (equals < end) {
        std::string name = word();
        take("=");
        given.keywords.emplace_back(std::move(name), expression());
      } else {
        given.positional.push_back(expression());
      }
      if (take(",")) take(" ");
    }
    return given;
  }

  Value expression() {
    Value value = primary();
    while (take(".")) {
      const std::string name = word();
      if (take("(")) {
        const Arguments given = arguments();
        value = call_method(value, name, given.positional, given.keywords);
      } else {
        value = get_attribute(value, name);
      }
    }
    return value;
  }

  Value primary() {
    if (take("'")) {
      const size_t end = text_.find('\'', at_);
      if (end == std::string_view::npos) fail_here();
      return std::string(text_.substr(std::exchange(at_, end + 1), end - at_));
    }
    if (at_ < text_.size() && (std::isdigit(static_cast<unsigned char>(text_[at_])) || text_[at_] == '-')) {
      return number();
    }
    if (take("copy.deepcopy(")) return copy_object(arguments().positional.at(0));
    if (take("classes.probe.")) {
      find_class_or_throw("probe." + word());
      return {};
    }
    if (take("probe::")) return call_operator("probe::" + word());
    if (take("Acc.")) {
      const std::string name = word();
      if (!take("(")) fail_here();
      const Arguments given = arguments();
      return call_static_method(*find_class_or_throw("probe.Acc"), name, given.positional, given.keywords);
    }
    const std::string name = word();
    if (name == "None") return {};
    if (name == "True" || name == "False") return name == "True";
    if (name == "a") return a;
    if (name != "Acc" || !take("(")) fail_here();
    const Arguments given = arguments();
    return make_object(find_class_or_throw("probe.Acc"), given.positional, given.keywords);
  }

  Value call_operator(const std::string& name) {
    if (!take("(")) fail_here();
    const Arguments given = arguments();
    const OperatorHandle op = Dispatcher::singleton().find_schema_or_throw(name);
    Stack stack = bind_host(*op.schema(), given.positional, given.keywords);
    op.call_boxed(stack);
    return stack.empty() ? Value() : stack.back();
  }

  std::string_view text_;
  size_t at_ = 0;
};

/// What a step that is no expression asks about the class.
std::optional<std::string> question(const std::string& text) {
  const auto custom_class = find_class_or_throw("probe.Acc");
  if (text == "type name") return custom_class->qualified_name();
  if (text == "method names") return join_text(custom_class->method_names(), ",");
  constexpr std::string_view schema_of = "schema of ";
  if (!text.starts_with(schema_of)) return {};
  const ClassMethod* method = custom_class->find_method(text.substr(schema_of.size()));
  return method == nullptr ? "none" : method->schema.to_string();
}

/// Messages of the reference name classes with an internal address, and ours have further lines.
std::string comparable(std::string message) {
  constexpr std::string_view address = " (of Python compilation unit at: 0)";
  for (size_t at; (at = message.find(address)) != std::string::npos;) message.erase(at, address.size());
  return message.substr(0, message.find('\n'));
}

std::string check_error(const OperatorError& error, const Config& expected) {
  const Config* message = expected.is_map() ? expected.find("error") : nullptr;
  if (message == nullptr) return error.what();
  const std::string found = comparable(error.what()), wanted = comparable(message->as_string());
  const bool attribute = error.failure() == OperatorFailure::unknown_attribute;
  if ((expected.at("exception").as_string() == "AttributeError") != attribute) return "another exception: " + found;
  return found == wanted ? "" : format("'{}' instead of '{}'", found, wanted);
}

std::string check_step(Interpreter& interpreter, const std::string& text, const Config& expected) {
  try {
    if (const auto answer = question(text)) {
      return *answer == expected.as_string() ? "" : format("{} instead of {}", *answer, expected.as_string());
    }
    Value value;
    if (!interpreter.assign(text)) value = interpreter.run(text);
    if (expected.is_map()) return "no error, but " + value.repr();
    if (value.is_object()) return expected == Config("<class 'torch.ScriptObject'>") ? "" : "an object";
    if (expected.is_null()) return value.is_none() ? "" : value.repr();
    return value.is_int() && value.to_int() == expected.as_int() ? "" : value.repr();
  } catch (const OperatorError& error) {
    return check_error(error, expected);
  }
}

std::string check_classes(const Config& file) {
  const Library library = register_accumulator();
  Interpreter interpreter;
  interpreter.a = interpreter.run("Acc(5)");
  for (const Config& step : file.at("steps").as_list()) {
    const std::string& text = step.at("do").as_string();
    if (const std::string wrong = check_step(interpreter, text, step.at("result")); !wrong.empty()) {
      return format("{}: {}", text, wrong);
    }
  }
  return "";
}

}  // namespace

std::vector<golden::JsonFunction> class_golden_json() {
  return {{.name = "registry/classes", .lists = {}, .run = [](const Config& file, const Config&) {
             return check_classes(file);
           }}};
}

}  // namespace spinel::registry::inline v1
