#include <gtest/gtest.h>

#include "spinel/hosts/plain/plain_methods.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/registry/load_library.h"
#include "spinel/registry/object.h"
#include "tests/compat/layer_values.h"
#include "tests/support/errors.h"

namespace spinel::compat_test {
namespace {

class Extension : public testing::Test {
 protected:
  void SetUp() override {
    before_ = registry::set_default_tensor_methods(&plain::plain_methods());
    library_ = registry::load_library(SPINEL_TEST_EXTENSION);
  }
  void TearDown() override {
    EXPECT_TRUE(registry::unload_library(*library_));
    registry::set_default_tensor_methods(before_);
  }
  const registry::TensorMethods* before_ = nullptr;
  std::shared_ptr<const registry::LoadedLibrary> library_;
};

TEST_F(Extension, RegistersTheSchemasThatLibtorchDoes) {
  std::vector<std::string> registered;
  for (const std::string& name : library_->names().operators) {
    const size_t dot = name.find('.');
    const std::string overload = dot == std::string::npos ? "" : name.substr(dot + 1);
    registered.push_back(
        Dispatcher::singleton().find_schema_or_throw(name.substr(0, dot), overload).schema()->to_string());
  }
  EXPECT_EQ(registered, schemas());
}

TEST_F(Extension, EachCallGivesWhatItGivesOnLibtorch) {
  for (const Call& call : calls())
    EXPECT_EQ(outcome("compat_ext", call), call.result) << call.name << "." << call.overload;
}

TEST_F(Extension, KernelsStandUnderTheirKeys) {
  const auto has = [](const char* name, registry::DispatchKey key) {
    return Dispatcher::singleton().find_schema_or_throw(name).has_kernel(key);
  };
  EXPECT_TRUE(has("compat_ext::fill_ones", registry::DispatchKey::BackendSelect));
  EXPECT_TRUE(has("compat_ext::halves", registry::DispatchKey::CompositeExplicitAutograd));
  EXPECT_TRUE(has("compat_ext::scale", registry::DispatchKey::Meta));
  EXPECT_FALSE(has("compat_ext::scale", registry::DispatchKey::CUDA));
  const auto definition = Dispatcher::singleton().find_schema_or_throw("compat_ext::scale").definition();
  EXPECT_EQ(definition->tags, std::vector<std::string>{"pt2_compliant_tag"});
  EXPECT_EQ(definition->location.substr(0, 13), "extension.cc:");
}

TEST_F(Extension, AMetaTensorGoesToTheMetaKernel) {
  const registry::Tensor meta = plain::from_blob(nullptr, {2, 3}, {.device = {registry::DeviceType::meta}});
  const OperatorHandle op = Dispatcher::singleton().find_schema_or_throw("compat_ext::scale");
  Stack stack = bind_host(*op.schema(), std::vector<Value>{meta});
  op.call_boxed(stack);
  EXPECT_EQ(stack[0].to_tensor().device().type, registry::DeviceType::meta);
  Stack refused = {meta};
  EXPECT_EQ(
      error_of([&] { Dispatcher::singleton().find_schema_or_throw("compat_ext::chosen").call_boxed(refused); }).kind(),
      ErrorKind::invalid_argument);
}

TEST_F(Extension, NativeCallersReachItsKernelsByTheRegistrysOwnTypes) {
  using registry::Tensor;
  const Tensor x = registry::full({2}, registry::Scalar(3));
  const OperatorHandle op = Dispatcher::singleton().find_schema_or_throw("compat_ext::scale");
  const Tensor y = op.typed<Tensor(const Tensor&, double, int64_t)>().call(x, 2.0, 1);
  EXPECT_EQ(static_cast<float*>(y.data())[1], 7);
  EXPECT_THROW((op.typed<Tensor(const Tensor&, int64_t, int64_t)>()), registry::OperatorError);
}

TEST_F(Extension, ItsClassHasAllKindsOfMembers) {
  const auto counter = registry::find_class_or_throw("compat_ext.Counter");
  const Value object = registry::make_object(counter, std::vector<Value>{5}, {{"name", "mine"}});
  EXPECT_EQ(registry::call_method(object, "next", std::vector<Value>{2}), Value(7));
  EXPECT_EQ(registry::call_method(object, "twice"), Value(14));
  EXPECT_EQ(registry::call_static_method(*counter, "limit"), Value(100));
  registry::set_attribute(object, "value", 40);
  EXPECT_EQ(registry::get_attribute(object, "label"), Value("mine"));
  EXPECT_THROW(registry::set_attribute(object, "label", "other"), registry::OperatorError);
  const Value copy = registry::copy_object(object);
  registry::set_attribute(object, "value", 1);
  EXPECT_EQ(registry::get_attribute(copy, "value"), Value(40));
  Stack stack = {copy};
  Dispatcher::singleton().find_schema_or_throw("compat_ext::value_of").call_boxed(stack);
  EXPECT_EQ(stack[0], Value(40));
  EXPECT_EQ(registry::get_attribute(registry::make_object(counter, std::vector<Value>{1}), "label"), Value("none"));
}

}  // namespace
}  // namespace spinel::compat_test
