// tests/compat/features.cc built against the layer's headers, on the plain host and on one with gradients.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "spinel/hosts/plain/plain_methods.h"
#include "spinel/registry/load_library.h"
#include "spinel/registry/object.h"
#include "tests/compat/feature_calls.h"
#include "tests/compat/layer_values.h"
#include "tests/support/errors.h"

namespace spinel::compat_test {
namespace {

using registry::GradientNode;
using registry::IntArrayRef;
using registry::intrusive_ptr;
using registry::Tensor;

class TapeMethods;
const TapeMethods& tape_methods();

/// A tensor of the plain host that remembers the call it came from.
class TapeTensor final : public registry::TensorImpl {
 public:
  TapeTensor(Tensor inner, bool wants_gradient)
      : TensorImpl(registry::tensor_keys(registry::Backend::CPU)), inner_(std::move(inner)), wants_(wants_gradient) {}
  std::string_view host() const override { return "tape"; }
  registry::ScalarType scalar_type() const override { return inner_.scalar_type(); }
  registry::Device device() const override { return inner_.device(); }
  IntArrayRef sizes() const override { return inner_.sizes(); }
  IntArrayRef strides() const override { return inner_.strides(); }
  void* data() const override { return inner_.data(); }
  registry::Scalar item() const override { return inner_.impl()->item(); }
  const registry::TensorMethods* methods() const override;
  const Tensor& inner() const { return inner_; }
  bool wants_gradient() const { return wants_; }
  intrusive_ptr<GradientNode> node;

 private:
  Tensor inner_;
  bool wants_;
};

Tensor on_tape(const Tensor& inner, bool wants_gradient = false) {
  return Tensor(registry::make_intrusive<TapeTensor>(inner, wants_gradient));
}
TapeTensor& tape(const Tensor& tensor) { return dynamic_cast<TapeTensor&>(*tensor.impl()); }

class TapeMethods final : public registry::TensorMethods {
 public:
  std::string_view host() const override { return "tape"; }
  Tensor empty_strided(IntArrayRef sizes, IntArrayRef strides, registry::ScalarType dtype,
                       registry::Device device) const override {
    return on_tape(plain::plain_methods().empty_strided(sizes, strides, dtype, device));
  }
  Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, registry::ScalarType dtype,
                   registry::Device device, std::function<void(void*)> deleter) const override {
    return on_tape(plain::plain_methods().from_blob(data, sizes, strides, dtype, device, std::move(deleter)));
  }
  Tensor as_strided(const Tensor& tensor, IntArrayRef sizes, IntArrayRef strides, int64_t offset) const override {
    return on_tape(plain::plain_methods().as_strided(tape(tensor).inner(), sizes, strides, offset));
  }
  void copy(const Tensor& from, const Tensor& to) const override {
    plain::plain_methods().copy(tape(from).inner(), tape(to).inner());
  }
  void fill(const Tensor& tensor, const registry::Scalar& value) const override {
    plain::plain_methods().fill(tape(tensor).inner(), value);
  }
  bool requires_grad(const Tensor& tensor) const override { return tape(tensor).wants_gradient(); }
  std::vector<Tensor> connect(const std::vector<Tensor>&, std::vector<Tensor> outputs,
                              intrusive_ptr<GradientNode> node) const override {
    for (const Tensor& output : outputs) {
      if (output.defined()) tape(output).node = node;
    }
    return outputs;
  }
};

const TapeMethods& tape_methods() {
  static const TapeMethods methods;
  return methods;
}
const registry::TensorMethods* TapeTensor::methods() const { return &tape_methods(); }

Tensor tensor_of(const std::vector<float>& elements) {
  return value_of(T({static_cast<int64_t>(elements.size())}, elements)).to_tensor();
}

class Features : public testing::Test {
 protected:
  void SetUp() override {
    before_ = registry::set_default_tensor_methods(&plain::plain_methods());
    library_ = registry::load_library(SPINEL_TEST_FEATURES);
  }
  void TearDown() override {
    // The operators of a static RegisterOperators object go with it when the file is closed.
    EXPECT_TRUE(registry::unload_library(*library_));
    EXPECT_FALSE(Dispatcher::singleton().find_schema({"compat_features::old_lambda", ""}));
    registry::set_default_tensor_methods(before_);
  }
  const registry::TensorMethods* before_ = nullptr;
  std::shared_ptr<const registry::LoadedLibrary> library_;
};

TEST_F(Features, EachCallGivesWhatItGivesOnLibtorch) {
  for (const Call& call : feature_calls()) {
    EXPECT_EQ(outcome("compat_features", call), call.result) << call.name << " " << call.positional.size();
  }
}

TEST_F(Features, GradientsAreThoseOfLibtorch) {
  for (const Gradients& one : gradients()) {
    const auto op = Dispatcher::singleton().find_schema_or_throw("compat_features::" + one.call.name);
    std::vector<Value> arguments = values_of(one.call.positional);
    for (size_t i = 0; i < one.wanted.size(); ++i) arguments[i] = on_tape(arguments[i].to_tensor(), one.wanted[i]);
    Stack stack = registry::bind_host(*op.schema(), arguments);
    op.call_boxed(stack);
    const TapeTensor& result = tape(stack[0].to_tensor());
    ASSERT_TRUE(result.node.defined());
    std::vector<Tensor> given = {on_tape(tensor_of(one.given))};
    if (one.call.name == "product") given.resize(2);
    const std::vector<Tensor> made = result.node->backward(given);
    ASSERT_GE(made.size(), one.wanted.size());
    std::string texts;
    for (size_t i = 0; i < one.wanted.size(); ++i) {
      texts += (i == 0 ? "" : ", ") + (made[i].defined() ? text_of(tape(made[i]).inner()) : "None");
    }
    EXPECT_EQ(texts, one.result) << one.call.name;
  }
}

/// Objects of the extension's class as the registry makes and uses them.
struct LayerObjects {
  using Object = Value;
  template <typename F>
  static std::string text_or_error(F&& function) {
    try {
      return text_of(function());
    } catch (const registry::CallError& error) {
      return "error: " + std::string(to_string(error.error_class()));
    }
  }
  Value make(const std::vector<Argument>& arguments) {
    return registry::make_object(registry::find_class_or_throw("compat_features.Stack"), values_of(arguments));
  }
  Value copy(const Value& object) { return registry::copy_object(object); }
  std::string call(const Value& object, std::string_view method, const std::vector<Argument>& arguments,
                   const Value& other = {}) {
    std::vector<Value> values = values_of(arguments);
    if (!other.is_none()) values.push_back(other);
    return text_or_error([&] { return registry::call_method(object, method, values); });
  }
  std::string get(const Value& object, std::string_view name) {
    return text_or_error([&] { return registry::get_attribute(object, name); });
  }
  void set(const Value& object, std::string_view name, const Argument& value) {
    registry::set_attribute(object, name, value_of(value));
  }
  std::string total(const Value& a, const Value& b) {
    Stack stack = {registry::make_list_value(a.type(), {a, b})};
    Dispatcher::singleton().find_schema_or_throw("compat_features::total").call_boxed(stack);
    return text_of(stack[0]);
  }
};

TEST_F(Features, MembersOfAClassDoWhatTheyDoOnLibtorch) {
  LayerObjects objects;
  EXPECT_EQ(class_steps(objects), class_texts());
}

// Operators of a static object too are deregistered and waited for before the code goes.
TEST_F(Features, UnloadingWaitsForCallsOfOperatorsWithoutABlock) {
  std::atomic<int> flags[2] = {0, 0};
  std::atomic<bool> unloaded{false};
  Stack stack = {reinterpret_cast<int64_t>(&flags[0])};
  const auto wait = Dispatcher::singleton().find_schema_or_throw("compat_features::old_wait");
  std::thread caller([&] { wait.call_boxed(stack); });
  while (flags[0] == 0) std::this_thread::yield();
  std::thread unloader([&] {
    EXPECT_TRUE(registry::unload_library(*library_));
    unloaded = true;
  });
  while (wait.has_schema()) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(unloaded);
  flags[1] = 1;
  caller.join();
  unloader.join();
  EXPECT_EQ(stack.at(0).to_int(), 42);
}

TEST(FailingExtension, LeavesNothingAndTellsTheFirstFailure) {
  const Error error = error_of([] { registry::load_library(SPINEL_TEST_FAILING); });
  EXPECT_NE(std::string(error.what()).find("(compat_failing::f(int x) -> int)"), std::string::npos) << error.what();
  for (const char* name : {"compat_failing::f", "compat_failing::g"}) {
    EXPECT_FALSE(Dispatcher::singleton().find_operator({name, ""})) << name;
  }
  EXPECT_TRUE(registry::loaded_libraries().empty());
  const registry::Library free_again(registry::Library::Kind::def, "compat_failing");
}

}  // namespace
}  // namespace spinel::compat_test
