// The test extension of tests/compat, built against libtorch: what it registers and what its calls give there.
#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/util/Exception.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/frontend/function_schema_parser.h>

#include <algorithm>

#include "spinel/base/platform/dynamic_library.h"
#include "tests/compat/calls.h"

namespace spinel::compat_test {
namespace {

using c10::IValue;

IValue value_of(const Argument& argument);

std::vector<IValue> values_of(const std::vector<Argument>& arguments) {
  std::vector<IValue> values;
  for (const Argument& argument : arguments) values.push_back(value_of(argument));
  return values;
}

IValue value_of(const Argument& argument) {
  return std::visit(
      []<typename A>(const A& value) -> IValue {
        if constexpr (std::is_same_v<A, None>) return {};
        else if constexpr (std::is_same_v<A, TupleOf>) return c10::ivalue::Tuple::create(values_of(value.items));
        else if constexpr (std::is_same_v<A, ListOf>) {
          const std::vector<IValue> items = values_of(value.items);
          // The type of a tensor value has its sizes; that of the list's elements has none.
          const bool of_tensors = items.front().isTensor();
          c10::impl::GenericList list(of_tensors ? c10::TypePtr(c10::TensorType::get()) : items.front().type());
          for (const IValue& item : items) list.push_back(item);
          return list;
        } else if constexpr (std::is_same_v<A, TensorOf>) {
          at::Tensor tensor = at::empty(value.sizes);
          std::copy(value.elements.begin(), value.elements.end(), tensor.data_ptr<float>());
          return tensor;
        } else {
          return value;
        }
      },
      argument.value);
}

std::string text_of(const IValue& value) {
  if (value.isTensor()) {
    const at::Tensor tensor = value.toTensor().to(at::kDouble).contiguous();
    const auto* data = tensor.const_data_ptr<double>();
    return text(tensor.sizes().vec(), std::vector<double>(data, data + tensor.numel()));
  }
  if (value.isString()) return text(value.toStringRef());
  if (value.isInt()) return text(value.toInt());
  std::string made;
  if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) {
      made += (made.empty() ? "" : ", ") + text_of(entry.key()) + ": " + text_of(entry.value());
    }
    return "{" + made + "}";
  }
  for (const IValue& item : value.toListRef()) made += (made.empty() ? "" : ", ") + text_of(item);
  return "[" + made + "]";
}

/// The results, one after the other, or the class that Python would see.
std::string outcome(const Call& call) {
  try {
    const auto op =
        c10::Dispatcher::singleton().findSchemaOrThrow(("compat_ext::" + call.name).c_str(), call.overload.c_str());
    std::unordered_map<std::string, IValue> keywords;
    for (const auto& [name, argument] : call.keywords) keywords.emplace(name, value_of(argument));
    std::vector<IValue> stack = values_of(call.positional);
    op.schema().checkAndNormalizeInputs(stack, keywords);
    op.callBoxed(stack);
    std::string made;
    for (const IValue& value : stack) made += (made.empty() ? "" : ", ") + text_of(value);
    return made;
  } catch (const c10::IndexError&) {
    return "error: IndexError";
  } catch (const c10::ValueError&) {
    return "error: ValueError";
  } catch (const c10::TypeError&) {
    return "error: TypeError";
  } catch (const c10::NotImplementedError&) {
    return "error: NotImplementedError";
  } catch (const std::exception&) {
    return "error: RuntimeError";
  }
}

void load() {
  static const DynamicLibrary library = DynamicLibrary::open(SPINEL_TEST_EXTENSION_TORCH);
  (void)library;
}

TEST(ExtensionOnLibtorch, RegistersTheExpectedSchemas) {
  load();
  for (const std::string& schema : schemas()) {
    const std::string full = schema.substr(0, schema.find('('));
    const size_t dot = full.find('.');
    const auto op = c10::Dispatcher::singleton().findSchemaOrThrow(
        full.substr(0, dot).c_str(), dot == std::string::npos ? "" : full.substr(dot + 1).c_str());
    EXPECT_EQ(c10::toString(op.schema()), schema);
  }
}

TEST(ExtensionOnLibtorch, EachCallGivesTheExpectedResult) {
  load();
  for (const Call& call : calls()) EXPECT_EQ(outcome(call), call.result) << call.name << "." << call.overload;
}

}  // namespace
}  // namespace spinel::compat_test
