// Calls of the test extension and what comes of them, for every host that the extension is built for.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace spinel::compat_test {

struct Argument;
struct None {};
/// A float32 tensor.
struct TensorOf {
  std::vector<int64_t> sizes;
  std::vector<float> elements;
};
struct ListOf {
  std::vector<Argument> items;
};
struct TupleOf {
  std::vector<Argument> items;
};
struct DictOf {
  std::vector<std::pair<Argument, Argument>> entries;
};
struct Argument {
  std::variant<None, bool, int64_t, double, std::string, TensorOf, ListOf, TupleOf, DictOf> value;
};

struct Call {
  std::string name, overload;
  std::vector<Argument> positional;
  std::vector<std::pair<std::string, Argument>> keywords;
  std::string result;  ///< as `text` below, or "error: " and the kind
};

inline Argument I(int64_t value) { return {value}; }
inline Argument F(double value) { return {value}; }
inline Argument B(bool value) { return {value}; }
inline Argument S(std::string value) { return {std::move(value)}; }
inline Argument T(std::vector<int64_t> sizes, std::vector<float> elements) {
  return {TensorOf{std::move(sizes), std::move(elements)}};
}
inline Argument L(std::vector<Argument> items) { return {ListOf{std::move(items)}}; }
inline Argument P(std::vector<Argument> items) { return {TupleOf{std::move(items)}}; }
inline Argument D(std::vector<std::pair<Argument, Argument>> entries) { return {DictOf{std::move(entries)}}; }
inline Argument N() { return {None{}}; }

inline std::string text(bool value) { return value ? "True" : "False"; }
inline std::string text(int64_t value) { return std::to_string(value); }
/// With two digits behind the point, like the elements of tensors.
inline std::string text(double value) { return std::to_string(value).substr(0, std::to_string(value).size() - 4); }
inline std::string text(const std::string& value) { return "'" + value + "'"; }
inline std::string text(const std::vector<int64_t>& sizes, const std::vector<double>& elements) {
  std::string made = "tensor(";
  for (int64_t size : sizes) made += std::to_string(size) + "x";
  for (double element : elements) made += " " + text(element);
  return made + ")";
}

inline std::vector<Call> calls() {
  const Argument x = T({2}, {1, 2});
  return {
      {"scale", "", {x}, {}, "tensor(2x 2.00 4.00)"},
      {"scale", "", {x, F(0.5)}, {{"shift", I(3)}}, "tensor(2x 3.50 4.00)"},
      {"scale", "", {}, {{"shift", I(1)}, {"x", x}}, "tensor(2x 3.00 5.00)"},
      {"scale", "", {T({0}, {})}, {}, "tensor(0x)"},
      {"scale", "", {}, {{"factor", F(1)}}, "error: RuntimeError"},
      {"scale", "", {x}, {{"factr", F(1)}}, "error: RuntimeError"},
      {"scale", "", {x, S("two")}, {}, "error: RuntimeError"},
      {"fill_ones", "", {L({I(2), I(1)})}, {}, "tensor(2x1x 1.00 1.00)"},
      {"fill_ones", "", {L({I(1)})}, {{"dtype", I(4)}}, "tensor(1x 1.00)"},
      {"add_number_", "", {x, F(1)}, {}, "tensor(2x 2.00 3.00)"},
      {"count", "", {x}, {}, "2"},
      {"count", "", {x, P({x, T({3}, {0, 0, 0})})}, {}, "7"},
      {"count", "", {x, N()}, {}, "2"},
      {"which", "int", {I(4)}, {}, "'int 4'"},
      {"which", "float", {F(4)}, {}, "'float'"},
      {"which", "Tensor", {T({1, 1}, {0})}, {}, "'tensor of 2'"},
      {"split", "", {T({3, 1}, {1, 2, 3}), I(2)}, {}, "tensor(2x1x 1.00 2.00), tensor(1x1x 3.00)"},
      {"split", "", {T({3, 1}, {1, 2, 3}), I(4)}, {}, "error: IndexError"},
      {"halves", "", {L({x, x})}, {}, "[tensor(2x 0.50 1.00), tensor(2x 0.50 1.00)]"},
      {"halves", "", {L({x})}, {{"more", T({1}, {9})}}, "[tensor(2x 0.50 1.00), tensor(1x 9.00)]"},
      {"lengths", "", {L({S("a"), S("bcd")})}, {}, "{'a': 1, 'bcd': 3}"},
      {"twice_by_dispatcher", "", {x}, {}, "tensor(2x 2.00 4.00)"},
      {"next_symbolic", "", {I(41)}, {}, "42"},
      {"describe", "", {N()}, {}, "'compat_ext::describe of none'"},
      {"describe", "", {S("")}, {}, "'compat_ext::describe of str'"},
      {"later", "", {I(1)}, {}, "'1 3 no x'"},
      {"later", "", {I(1), I(2)}, {{"text", S("t")}, {"flag", B(true)}}, "'1 2 yes t'"},
      {"chosen", "", {x}, {}, "'cpu'"},
      {"fail_as", "", {S("index")}, {}, "error: IndexError"},
      {"fail_as", "", {S("value")}, {}, "error: ValueError"},
      {"fail_as", "", {S("type")}, {}, "error: TypeError"},
      {"fail_as", "", {S("not_implemented")}, {}, "error: NotImplementedError"},
      {"fail_as", "", {S("check")}, {}, "error: RuntimeError"},
      {"fail_as", "", {S("silent")}, {}, "error: RuntimeError"},
      {"fail_as", "", {S("assert")}, {}, "error: RuntimeError"},
      {"fail_as", "", {S("equal")}, {}, "error: RuntimeError"},
      {"fail_as", "", {S("nothing")}, {}, ""},
  };
}

/// The canonical schemas of all operators of the extension.
inline std::vector<std::string> schemas() {
  return {
      "compat_ext::scale(Tensor x, float factor=2., *, int shift=0) -> Tensor",
      "compat_ext::fill_ones(int[2] sizes, *, ScalarType? dtype=None) -> Tensor",
      "compat_ext::add_number_(Tensor(a!) self, float number) -> Tensor(a!)",
      "compat_ext::count(Tensor x, (Tensor, Tensor)? pair=None) -> int",
      "compat_ext::which.int(int value) -> str",
      "compat_ext::which.float(float value) -> str",
      "compat_ext::which.Tensor(Tensor value) -> str",
      "compat_ext::split(Tensor(a) x, int at) -> (Tensor(a) head, Tensor(a) tail)",
      "compat_ext::halves(Tensor[] xs, Tensor? more=None) -> Tensor[]",
      "compat_ext::lengths(str[] _0) -> Dict(str, int) _0",
      "compat_ext::twice_by_dispatcher(Tensor x) -> Tensor",
      "compat_ext::next_symbolic(SymInt value) -> SymInt",
      "compat_ext::describe(Any value) -> str",
      "compat_ext::fail_as(str kind) -> ()",
      "compat_ext::inferred(Tensor _0, float? _1, bool[] _2, Scalar _3) -> Tensor _0",
      "compat_ext::value_of(__torch__.torch.classes.compat_ext.Counter counter) -> int",
      "compat_ext::later(int a, int b=3, *, bool flag=False, str text=\"x\") -> str",
      "compat_ext::chosen(Tensor x) -> str",
  };
}

}  // namespace spinel::compat_test
