#include <gtest/gtest.h>

#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/registry/binder.h"
#include "spinel/registry/load_library.h"

namespace spinel::compat_test {
namespace {

using registry::Dispatcher;
using registry::Stack;
using registry::Value;

TEST(StableExtension, RegistersRunsAndGoes) {
  const auto library = registry::load_library(SPINEL_TEST_STABLE_EXTENSION);
  EXPECT_EQ(library->names().operators, (std::vector<std::string>{"compat_stable::double_", "compat_stable::describe",
                                                                  "compat_stable::only_defined"}));
  const auto describe = Dispatcher::singleton().find_schema_or_throw("compat_stable::describe");
  EXPECT_EQ(describe.schema()->to_string(),
            "compat_stable::describe(Tensor x, str? name=None, *, int[] sizes, bool loud=False) -> (str, int)");

  const registry::Tensor x = plain::zeros({3});
  static_cast<float*>(x.data())[2] = 4;
  Stack doubled = {x};
  Dispatcher::singleton().find_schema_or_throw("compat_stable::double_").call_boxed(doubled);
  EXPECT_EQ(static_cast<float*>(x.data())[2], 8);
  EXPECT_TRUE(doubled[0].to_tensor().is_same(x));

  const Value sizes = registry::make_list_value(registry::TypeKind::integer, {Value(2), Value(5)});
  Stack named = bind_host(*describe.schema(), std::vector<Value>{x, "me"}, {{"sizes", sizes}, {"loud", true}});
  describe.call_boxed(named);
  EXPECT_EQ(named, (Stack{"me!", 21}));
  Stack unnamed = bind_host(*describe.schema(), std::vector<Value>{x}, {{"sizes", sizes}});
  describe.call_boxed(unnamed);
  EXPECT_EQ(unnamed[0], Value("nobody."));
  Stack refused = bind_host(*describe.schema(), std::vector<Value>{plain::zeros({})}, {{"sizes", sizes}});
  EXPECT_THROW(describe.call_boxed(refused), std::runtime_error);

  doubled.clear();
  EXPECT_TRUE(registry::unload_library(*library));
  EXPECT_FALSE(Dispatcher::singleton().find_schema({"compat_stable::describe", ""}));
}

}  // namespace
}  // namespace spinel::compat_test
