// What tests/compat/features.cc gives when it is called, for every host that it is built for.
#pragma once

#include "tests/compat/calls.h"

namespace spinel::compat_test {

inline std::vector<Call> feature_calls() {
  const Argument x = T({2}, {1, -2}), y = T({2}, {3, 4});
  const Argument matrix = T({2, 3}, {1, 2, 3, 4, 5, 6});
  return {
      {"product", "", {x, y, F(2)}, {}, "tensor(2x 6.00 -16.00), tensor(2x 1.00 -1.00)"},
      {"square", "", {x}, {}, "tensor(2x 1.00 4.00)"},
      {"types_of", "", {S("floating")}, {}, "'Float4 Double8 '"},
      {"types_of", "", {S("floating_half")}, {}, "'Half2 Float4 Double8 '"},
      {"types_of", "", {S("floating_and2")}, {}, "'Half2 Float4 Double8 BFloat162 '"},
      {"types_of", "", {S("integral")}, {}, "'Byte1 Char1 Short2 Int4 Long8 '"},
      {"types_of", "", {S("integral_and")}, {}, "'Byte1 Char1 Short2 Int4 Long8 Bool1 '"},
      {"types_of", "", {S("all")}, {}, "'Byte1 Char1 Short2 Int4 Long8 Float4 Double8 '"},
      {"types_of", "", {S("all_and2")}, {}, "'Byte1 Char1 Short2 Int4 Long8 Half2 Float4 Double8 Bool1 '"},
      {"types_of",
       "",
       {S("all_complex")},
       {},
       "'Byte1 Char1 Short2 Int4 Long8 Float4 Double8 ComplexFloat8 ComplexDouble16 '"},
      {"types_of",
       "",
       {S("all_complex_and3")},
       {},
       "'Byte1 Char1 Short2 Int4 Long8 Half2 Float4 Double8 ComplexFloat8 ComplexDouble16 Bool1 BFloat162 '"},
      {"types_of", "", {S("complex")}, {}, "'ComplexFloat8 ComplexDouble16 '"},
      {"types_of", "", {S("floating_complex")}, {}, "'Float4 Double8 ComplexFloat8 ComplexDouble16 '"},
      {"types_of", "", {S("own")}, {}, "'Byte1 Char1 Short2 Int4 Long8 Half2 '"},
      {"types_of", "", {S("index")}, {}, "'Int4 Long8 '"},
      {"dispatch_error", "", {I(11)}, {}, "'\"op\" not implemented for 'Bool''"},
      {"list_members", "", {L({I(1), I(2), I(3)})}, {}, "'5351010 3,41,3,7,9,1,2, 41413010 3b'"},
      {"dict_members", "", {D({{S("a"), I(1)}})}, {}, "'10010100212120 a10,b20,11101'"},
      {"nested",
       "",
       {D({{S("a"), L({F(1), F(2)})}}), L({L({I(1)}), L({I(1), I(2), I(3)})})},
       {},
       "{'a': [2.00, 4.00], 'lists': [2.00, 3.00]}"},
      {"trace", "", {matrix}, {}, "6.79"},
      {"trace", "", {x}, {}, "error: RuntimeError"},
      {"transpose_into", "", {matrix, T({3, 2}, {0, 0, 0, 0, 0, 0})}, {}, ""},
      {"optionals", "", {}, {}, "'-1 -1 0 none none none -1 99 -1'"},
      {"optionals",
       "",
       {I(4), F(2.5), B(true), S("text"), I(6)},
       {{"sizes", L({I(1), I(2)})}, {"number", I(3)}, {"x", x}},
       "'4 2.5 1 text Float none 3 2 2'"},
      {"views",
       "",
       {L({I(1), I(2), I(3)}), L({F(1.5)}), L({B(true)}), L({I(4), I(5)}), L({x, y, x})},
       {},
       "'[1, 2, 3][1.5]153 [2, 3][1, 2]1321031[4][]1[4, 5]3 ArrayRef: attempted to access front() of empty list'"},
      {"check", "", {S("eq")}, {}, "error: RuntimeError"},
      {"check", "", {S("linalg")}, {}, "error: LinAlgError"},
      {"check", "", {S("memory")}, {}, "error: OutOfMemoryError"},
      {"check", "", {S("syntax")}, {}, "error: SyntaxError"},
      {"check", "", {S("not_implemented")}, {}, "error: NotImplementedError"},
      {"check", "", {S("std")}, {}, "error: RuntimeError"},
      {"check", "", {S("stack")}, {}, "error: RuntimeError"},
      {"check", "", {S("nothing")}, {}, ""},
      {"check_text", "", {S("eq")}, {}, "'Check failed: two == 3 (2 vs. 3). and more'"},
      {"check_text", "", {S("ne")}, {}, "'Check failed: two != 2 (2 vs. 2). '"},
      {"check_text", "", {S("le")}, {}, "'Check failed: two <= 1 (2 vs. 1). '"},
      {"check_text", "", {S("lt")}, {}, "'Check failed: two < 2 (2 vs. 2). '"},
      {"check_text", "", {S("ge")}, {}, "'Check failed: two >= 3 (2 vs. 3). '"},
      {"check_text", "", {S("gt")}, {}, "'Check failed: two > 2 (2 vs. 2). '"},
      {"check_text", "", {S("notnull")}, {}, "'Check failed: 'null' must be non NULL. '"},
      {"check_text", "", {S("arg")}, {}, "'invalid argument 1: two is 2'"},
      {"check_text", "", {S("error")}, {}, "'an error of 2 parts'"},
      {"check_text", "", {S("not_implemented")}, {}, "'of 1.5 Half on cpu'"},
      {"check_text", "", {S("host")}, {}, "'not on CUDA'"},
      {"check_text", "", {S("sizes")}, {}, "'sizes [2, 3] of x'"},
      {"old_style", "", {x}, {}, "tensor(2x 3.00 0.00)"},
      {"old_style", "", {x}, {{"k", I(-1)}}, "tensor(2x 0.00 -3.00)"},
      {"old_functor", "", {x}, {}, "tensor(2x 6.00 3.00)"},
      {"old_inferred", "", {I(4), S("ab")}, {}, "6"},
      {"old_lambda", "", {I(4)}, {}, "12"},
      {"old_catch_all", "", {I(4)}, {}, "16"},
  };
}

/// What the members of a class give, step by step. `Host` makes objects, calls their methods and gets and sets their
/// attributes; each of its functions gives the text of what comes of it.
template <typename Host>
std::vector<std::string> class_steps(Host& host) {
  auto stack = host.make({L({S("a"), S("b")})});
  std::vector<std::string> texts = {host.call(stack, "__len__", {}), host.call(stack, "push", {S("c")}),
                                    host.get(stack, "items"), host.get(stack, "weight")};
  host.set(stack, "weight", F(2.5));
  host.set(stack, "limit", I(3));
  texts.push_back(host.call(stack, "measures", {}));
  texts.push_back(host.get(stack, "limit"));
  auto copy = host.copy(stack);
  host.set(stack, "items", L({S("z")}));
  texts.push_back(host.get(copy, "items"));
  texts.push_back(host.get(copy, "weight"));
  texts.push_back(host.get(copy, "limit"));
  texts.push_back(host.call(copy, "merge", {}, stack));
  texts.push_back(host.call(copy, "__len__", {}));
  texts.push_back(host.call(stack, "pop", {}));
  texts.push_back(host.call(stack, "pop", {}));
  texts.push_back(host.call(stack, "push", {}));
  texts.push_back(host.call(stack, "push", {I(1)}));
  texts.push_back(host.total(stack, copy));
  return texts;
}
inline std::vector<std::string> class_texts() {
  return {"2",
          "None",
          "['a', 'b', 'c']",
          "1.50",
          "[2.50, 3]",
          "3",
          "['a', 'b', 'c']",
          "2.50",
          "10",
          "None",
          "4",
          "'z'",
          "error: IndexError",
          "error: RuntimeError",
          "error: RuntimeError",
          "4"};
}

/// The gradients of an operator's first result, with these gradients handed to it.
struct Gradients {
  Call call;
  std::vector<bool> wanted;  ///< of each tensor argument
  std::vector<float> given;
  std::string result;
};
inline std::vector<Gradients> gradients() {
  const Argument x = T({2}, {1, -2}), y = T({2}, {3, 4});
  const Call product{"product", "", {x, y, F(2)}, {}, ""};
  return {
      {product, {true, true}, {1, 10}, "tensor(2x 6.00 80.00), tensor(2x 2.00 -40.00)"},
      {product, {false, true}, {1, 1}, "None, tensor(2x 2.00 -4.00)"},
      {product, {true, false}, {1, 1}, "tensor(2x 6.00 8.00), None"},
      {{"square", "", {x}, {}, ""}, {true}, {1, 3}, "tensor(2x 2.00 -12.00)"},
  };
}

}  // namespace spinel::compat_test
