// tests/compat/features.cc built against libtorch: what its calls, gradients and objects give there.
#include <ATen/core/ivalue.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/custom_class.h>

#include "spinel/base/platform/dynamic_library.h"
#include "tests/compat/feature_calls.h"
#include "tests/hosts/torch/extension_values.h"

namespace spinel::compat_test {
namespace {

class FeaturesOnLibtorch : public testing::Test {
 protected:
  void SetUp() override {
    static const DynamicLibrary library = DynamicLibrary::open(SPINEL_TEST_FEATURES_TORCH);
    static_cast<void>(library);
  }
};

TEST_F(FeaturesOnLibtorch, EachCallGivesTheExpectedResult) {
  for (const Call& call : feature_calls()) {
    EXPECT_EQ(outcome("compat_features", call), call.result) << call.name << " " << call.positional.size();
  }
}

TEST_F(FeaturesOnLibtorch, GradientsAreTheExpectedOnes) {
  for (const Gradients& one : gradients()) {
    const auto op = c10::Dispatcher::singleton().findSchemaOrThrow(("compat_features::" + one.call.name).c_str(), "");
    std::vector<IValue> stack = values_of(one.call.positional);
    std::vector<at::Tensor> inputs;
    for (size_t i = 0; i < one.wanted.size(); ++i) {
      inputs.push_back(stack[i].toTensor().requires_grad_(one.wanted[i]));
    }
    op.schema().checkAndNormalizeInputs(stack, {});
    op.callBoxed(stack);
    if (stack.size() > 1) EXPECT_FALSE(stack[1].toTensor().requires_grad());
    stack[0].toTensor().backward(at::tensor(one.given));
    std::string texts;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const at::Tensor gradient = inputs[i].grad();
      texts += (i == 0 ? "" : ", ") + (gradient.defined() ? text_of(gradient) : "None");
    }
    EXPECT_EQ(texts, one.result) << one.call.name;
  }
}

/// Objects of the extension's class as TorchScript makes and uses them.
struct TorchObjects {
  const c10::ClassTypePtr type = torch::getCustomClass("__torch__.torch.classes.compat_features.Stack");

  template <typename F>
  static std::string text_or_error(F&& function) {
    try {
      return text_of(function());
    } catch (const c10::IndexError&) {
      return "error: IndexError";
    } catch (const std::exception&) {
      return "error: RuntimeError";
    }
  }
  IValue run(const std::string& method, std::vector<IValue> arguments) {
    return type->getMethod(method)(std::move(arguments));
  }
  IValue blank() { return c10::ivalue::Object::create(c10::StrongTypePtr(nullptr, type), 1); }
  IValue make(const std::vector<Argument>& arguments) {
    std::vector<IValue> values = values_of(arguments);
    values.insert(values.begin(), blank());
    run("__init__", values);
    return values.front();
  }
  IValue copy(const IValue& object) {
    IValue made = blank();
    run("__setstate__", {made, run("__getstate__", {object})});
    return made;
  }
  std::string call(const IValue& object, const std::string& method, const std::vector<Argument>& arguments,
                   const IValue& other = {}) {
    std::vector<IValue> values = values_of(arguments);
    values.insert(values.begin(), object);
    if (!other.isNone()) values.push_back(other);
    return text_or_error([&] { return run(method, values); });
  }
  std::string get(const IValue& object, const std::string& name) {
    return text_or_error([&] { return (*type->getProperty(name)->getter)({object}); });
  }
  void set(const IValue& object, const std::string& name, const Argument& value) {
    (*type->getProperty(name)->setter)({object, value_of(value)});
  }
  std::string total(const IValue& a, const IValue& b) {
    c10::impl::GenericList list(type);
    list.push_back(a);
    list.push_back(b);
    torch::jit::Stack stack = {list};
    c10::Dispatcher::singleton().findSchemaOrThrow("compat_features::total", "").callBoxed(stack);
    return text_of(stack[0]);
  }
};

TEST_F(FeaturesOnLibtorch, MembersOfAClassDoWhatIsExpected) {
  TorchObjects objects;
  EXPECT_EQ(class_steps(objects), class_texts());
}

}  // namespace
}  // namespace spinel::compat_test
