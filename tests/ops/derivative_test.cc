#include "spinel/ops/derivative.h"

#include <gmock/gmock.h>

#include "spinel/base/error.h"
#include "spinel/ops/list.h"
#include "spinel/registry/schema_parser.h"

namespace spinel::ops {
namespace {

using Kind = DerivativeSource::Kind;
using testing::HasSubstr;

const registry::FunctionSchema schema =
    registry::parse_schema("spinel::f(Tensor x, int[] k, Tensor grad1) -> (Tensor, Tensor)");

std::string message(const Derivative& derivative) {
  try {
    parse_derivative(schema, derivative);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Derivative, ReadsSources) {
  const DerivativeCall call = parse_derivative(schema, {"x", "g(grad0, result1, sizes(x), k)"});
  EXPECT_EQ(call.argument, 0u);
  EXPECT_EQ(call.op, "g");
  ASSERT_EQ(call.sources.size(), 4u);
  EXPECT_EQ(call.sources[0].kind, Kind::gradient);
  EXPECT_EQ(call.sources[1].kind, Kind::result);
  EXPECT_EQ(call.sources[1].index, 1u);
  EXPECT_EQ(call.sources[2].kind, Kind::sizes);
  EXPECT_EQ(call.sources[3].kind, Kind::argument);
  EXPECT_EQ(call.sources[3].index, 1u);
}

TEST(Derivative, PrefersTheNameOfAnArgument) {
  EXPECT_EQ(parse_derivative(schema, {"x", "g(grad1)"}).sources[0].kind, Kind::argument);
}

TEST(Derivative, NamesWhatTheSchemaLacks) {
  EXPECT_THAT(message({"y", "g(grad0)"}), HasSubstr("'y'"));
  EXPECT_THAT(message({"x", "g(grad2)"}), HasSubstr("'grad2'"));
  EXPECT_THAT(message({"x", "g(sizes(z))"}), HasSubstr("'sizes(z)'"));
  EXPECT_THAT(message({"x", "g grad0"}), HasSubstr("'g grad0'"));
}

// What formulas call must be there and take as many arguments, of the kind that the source gives.
TEST(OperatorList, IsConsistent) {
  for (const Operator& op : operators()) {
    SCOPED_TRACE(op.schema.to_string());
    EXPECT_EQ(op.definition.composite == nullptr, op.definition.cpu != nullptr);
    if (op.definition.cpu != nullptr) EXPECT_NE(op.definition.dtypes, nullptr);
    for (const DerivativeCall& derivative : op.derivatives) {
      const Operator& called = find_operator(derivative.op);
      ASSERT_EQ(called.schema.arguments.size(), derivative.sources.size());
      ASSERT_EQ(called.schema.returns.size(), 1u);
      for (size_t k = 0; k < derivative.sources.size(); ++k) {
        const std::string type = called.schema.arguments[k].type.to_string();
        const bool is_tensor = type == "Tensor" || type == "Tensor?";
        const DerivativeSource& source = derivative.sources[k];
        if (source.kind == Kind::argument) {
          EXPECT_EQ(called.schema.arguments[k].type.bound().to_string(),
                    op.schema.arguments[source.index].type.bound().to_string());
        } else {
          EXPECT_EQ(is_tensor, source.kind != Kind::sizes);
        }
      }
    }
  }
}

TEST(OperatorList, SuggestsTheNearestName) {
  EXPECT_EQ(find_operator("max_pool2d").name(), "max_pool2d");
  try {
    find_operator("max_pool2");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_THAT(error.what(), HasSubstr("max_pool2d"));
  }
}

}  // namespace
}  // namespace spinel::ops
