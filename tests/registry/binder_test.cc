// Binding: messages, and what the golden cases leave out.
#include "spinel/registry/binder.h"

#include <gtest/gtest.h>

#include "spinel/registry/operator_error.h"
#include "spinel/registry/schema_parser.h"
#include "tests/registry/tensors.h"
#include "tests/support/errors.h"

namespace spinel::registry {
namespace {

constexpr const char* text = "ns::nms(Tensor boxes, float iou=0.5, int topk=-1, *, bool normalized=False) -> Tensor";

std::string first_line(const Error& error) {
  const std::string all = error.what();
  return all.substr(0, all.find('\n'));
}

template <typename Action>
std::string failure(Action action) {
  try {
    action();
  } catch (const OperatorError& error) {
    return format("{}: {}", to_string(error.failure()), first_line(error));
  }
  return "bound";
}

std::string host(std::vector<Value> positional, Keywords keywords = {}) {
  return failure([&] { bind_host(parse_schema(text), positional, keywords); });
}
std::string cpp(std::vector<Value> positional, Keywords keywords = {}) {
  return failure([&] { check_and_normalize(parse_schema(text), positional, keywords); });
}
std::string own(std::vector<Value> positional, Keywords keywords = {}, bool strict = false) {
  return failure([&] { bind_call(parse_schema(text), positional, keywords, strict); });
}

// The sentences are those of torch 2.13.
TEST(Binder, MessagesNameOperatorArgumentAndSchema) {
  const Tensor x = test_tensor();
  const std::string declaration = std::string(". Declaration: ") + text, schema = std::string(". Schema: ") + text;
  EXPECT_EQ(host({x, "a"}),
            "type: ns::nms() Expected a value of type 'float' for argument 'iou' but instead found type 'str'.");
  EXPECT_EQ(host({}), "missing: ns::nms() is missing value for argument 'boxes'" + declaration);
  EXPECT_EQ(host({x, 0.5, 3, true}),
            "too_many_positional: ns::nms() takes 3 positional argument(s) but 4 was/were given" + declaration);
  EXPECT_EQ(host({x, 0.5, 3, true, 1}),
            "too_many_arguments: ns::nms() expected at most 4 argument(s) but received 5 argument(s)" + declaration);
  EXPECT_EQ(host({x}, {{"iouu", 0.5}}),
            "unknown_kwarg: Unknown keyword argument 'iouu' for operator 'ns::nms'" + schema);
  EXPECT_EQ(host({x, 0.7}, {{"iou", 0.5}}),
            "duplicate: Argument 'iou' specified both as positional and keyword argument" + schema);
}

TEST(Binder, TypeErrorsShowPositionValueAndDeclaration) {
  const std::vector<Value> values = {test_tensor(), "a"};
  const std::string all = error_of([&] { bind_host(parse_schema(text), values); }).what();
  EXPECT_NE(all.find("\nPosition: 1\nValue: 'a'\nDeclaration: " + std::string(text)), std::string::npos) << all;
}

TEST(Binder, TheCppBinderConvertsNothing) {
  const Tensor x = test_tensor();
  EXPECT_EQ(cpp({x, 1}),
            "type: ns::nms() Expected a value of type 'float' for argument 'iou' but instead found type 'int'.");
  EXPECT_EQ(cpp({x, 0.5, 3, true}), "bound");  // keyword-only by position
  EXPECT_EQ(cpp({x, 0.7}, {{"iou", 0.5}}),
            std::string("unknown_kwarg: Unknown keyword argument 'iou' for operator 'ns::nms'. Schema: ") + text);
  EXPECT_EQ(cpp({x, make_list_value({1})}),
            "type: ns::nms() Expected a value of type 'float' for argument 'iou' but instead found type 'List[int]'.");
}

TEST(Binder, OurOwnCallWidensIntsToFloatsOnly) {
  const Tensor x = test_tensor();
  EXPECT_EQ(own({x, 1}), "bound");
  EXPECT_EQ(bind_call(parse_schema(text), std::vector<Value>{x, 1})[1], Value(1.0));
  EXPECT_EQ(own({x, 1}, {}, true).substr(0, 5), "type:");
  EXPECT_EQ(own({x, 0.5, true}).substr(0, 5), "type:");
  EXPECT_EQ(own({x, 0.5, 3, true}).substr(0, 20), "too_many_positional:");
}

Value converted(const Value& value, const char* type, std::optional<int32_t> size = {}) {
  const auto result = convert_host_value(value, parse_type(type), size);
  return result ? *result : Value("no conversion");
}

// What torch.ops makes of these values.
TEST(Binder, ConversionsAreThoseOfTheReference) {
  const Value refused("no conversion");
  EXPECT_EQ(converted(test_tensor(2.7), "int"), Value(2));
  EXPECT_EQ(converted(test_tensor(-2.7), "int"), Value(-2));
  EXPECT_EQ(converted(test_tensor(1e30), "int"), refused);
  EXPECT_EQ(converted(test_tensor(std::nan("")), "int"), refused);
  EXPECT_EQ(converted(2.0, "int"), refused);
  EXPECT_EQ(converted(ScalarType::float32, "int"), Value(6));
  EXPECT_EQ(converted(ScalarType::float32, "float"), refused);
  EXPECT_EQ(converted(ScalarType::float32, "ScalarType"), Value(6));
  EXPECT_EQ(converted(Layout::sparse_coo, "ScalarType"), refused);
  EXPECT_EQ(converted(Layout::sparse_coo, "Scalar"), Value(1));
  EXPECT_EQ(converted(MemoryFormat::preserve, "Scalar"), refused);
  EXPECT_EQ(converted(Value(), "bool"), Value(false));
  EXPECT_EQ(converted(std::complex<double>(0, 1), "bool"), Value(true));
  EXPECT_EQ(converted(3, "complex"), Value(std::complex<double>(3)));
  EXPECT_EQ(converted(test_tensor(3), "Scalar"), refused);
  EXPECT_EQ(converted(true, "Scalar"), Value(true));
  EXPECT_EQ(converted("ab", "str[]"), make_list_value({"a", "b"}));
  EXPECT_EQ(converted("é", "str[]"), make_list_value({"é"}));
  EXPECT_EQ(converted(3, "int[]"), refused);
  EXPECT_EQ(converted(3, "int[]", 2), make_list_value({3, 3}));
  EXPECT_EQ(converted(true, "int[]?", 2), make_list_value({1, 1}));
  EXPECT_EQ(converted(3, "float[]", 2), refused);
  EXPECT_EQ(converted(true, "bool[]", 2), refused);
  EXPECT_EQ(converted(3, "SymInt[]", 2), refused);
  EXPECT_EQ(converted(make_list_value({test_tensor(4)}), "int[]"), make_list_value({4}));
  EXPECT_EQ(converted(make_list_value({test_tensor(4)}), "SymInt[]"), refused);
  EXPECT_EQ(converted(make_list_value({Value()}), "Tensor[]"), refused);
  EXPECT_EQ(converted(make_list_value({Value()}), "bool[]"), make_list_value({false}));
  EXPECT_EQ(converted(make_list_value({1, 2.5}), "Any"), refused);
  EXPECT_EQ(converted(make_list_value({}), "Any"), refused);
  EXPECT_EQ(converted(make_list_value({1, "a"}), "Any[]"), make_list_value({1, "a"}));
  EXPECT_EQ(converted(make_tuple_value({1, "a"}), "Any"), make_tuple_value({1, "a"}));
  EXPECT_EQ(converted(make_list_value({ScalarType::float32}), "int[]"), refused);
  EXPECT_EQ(converted(make_list_value({ScalarType::float32}), "int?[]"), make_list_value({6}));
  EXPECT_EQ(converted(make_list_value({ScalarType::float32}), "Any"), refused);
  EXPECT_EQ(converted(ScalarType::float32, "Any"), Value(6));
  EXPECT_EQ(converted(ScalarType::float32, "SymInt"), refused);
  EXPECT_EQ(converted("", "ScalarType[]"), make_list_value({}));
  EXPECT_EQ(converted("", "Dict(str, int)").to_dict().items.size(), 0u);
  const Value pairs = make_list_value({make_tuple_value({test_tensor(1), 1})});
  EXPECT_EQ(*converted(pairs, "Dict(int, float)").to_dict().find(1), Value(1.0));
  EXPECT_EQ(converted(make_list_value({1}), "Dict(int, float)"), refused);
  EXPECT_EQ(converted("x", "Union(int, str)"), Value("x"));
  EXPECT_EQ(converted(1.5, "Union(int, str)"), refused);
  EXPECT_EQ(converted(make_list_value({1, 2}), "(int, float)"), make_tuple_value({1, 2.0}));
  EXPECT_EQ(converted(make_list_value({1}), "(int, float)"), refused);
  EXPECT_EQ(converted(make_list_value({make_tuple_value({1})}), "int[][]"), make_list_value({make_list_value({1})}));
}

TEST(Binder, ABadDeviceStringIsAnErrorOfItsOwn) {
  const FunctionSchema schema = parse_schema("f(Device d) -> ()");
  const std::vector<Value> bad = {"foo"};
  const std::string message = failure([&] { bind_host(schema, bad); });
  EXPECT_EQ(message.substr(0, 6), "value:");
  EXPECT_NE(message.find("foo"), std::string::npos);
  EXPECT_EQ(bind_host(schema, std::vector<Value>{"cuda:1"})[0].to_device(), (Device{DeviceType::cuda, 1}));
}

TEST(Binder, DefaultsKeepTheirKind) {
  // Schemas may give defaults of another type; they are bound as they stand, as in PyTorch.
  EXPECT_EQ(bind_host(parse_schema("f(int k=\"1\") -> ()"), {})[0], Value("1"));
  EXPECT_EQ(bind_host(parse_schema("f(int[2] k=1) -> ()"), {})[0], make_list_value({1, 1}));
}

TEST(Binder, NoOverloadMatchesListsAllReasons) {
  const FunctionSchema a = parse_schema("f.a(int x) -> ()"), b = parse_schema("f.b(str x) -> ()");
  const FunctionSchema* overloads[] = {&a, &b};
  const std::vector<Value> values = {1.5};
  const Error error = error_of([&] { resolve_overload(overloads, values); });
  EXPECT_NE(std::string(error.what()).find("value of type 'int'"), std::string::npos);
  EXPECT_NE(std::string(error.what()).find("value of type 'str'"), std::string::npos);
  const FunctionSchema* single[] = {&a};
  EXPECT_EQ(failure([&] { resolve_overload(single, values); }).substr(0, 5), "type:");
}

}  // namespace
}  // namespace spinel::registry
