// PD_BUILD_OP and its kin: what native operator sources declare becomes operators of libtorch.
#pragma once

#include <limits>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "paddle/phi/api/include/tensor.h"
#include "spinel/hosts/pd_build_op/registration.h"

/// The namespace of the operators: torch.ops.<it>.<name>.
#ifndef SPINEL_PD_NAMESPACE
#define SPINEL_PD_NAMESPACE "paddle_ops"
#endif

namespace paddle {

inline std::string Grad(const std::string& name) { return name + "@GRAD"; }
inline std::string Vec(const std::string& name) { return name + "@VECTOR"; }
inline std::string Optional(const std::string& name) { return name + "@OPTIONAL"; }
inline std::string New(const std::string& name) { return name + "@NEW"; }

namespace internal {

namespace pd = spinel::hosts::pd;

/// Where the next parameter of a kernel comes from: the declared inputs first, then attributes, then outputs.
struct Cursor {
  size_t input = 0, attribute = 0, output = 0;
};

template <typename T>
struct is_vector : std::false_type {};
template <typename T>
struct is_vector<std::vector<T>> : std::true_type {};

/// An attribute as the C++ type that the kernel takes.
template <typename T>
T attribute_of(const c10::IValue& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value.toBool();
  } else if constexpr (std::is_integral_v<T>) {
    const int64_t number = value.toInt();
    TORCH_CHECK(number >= static_cast<int64_t>(std::numeric_limits<T>::min()) &&
                    number <= static_cast<int64_t>(std::numeric_limits<T>::max()),
                "attribute: ", number, " does not fit the kernel's integer type");
    return static_cast<T>(number);
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(value.isInt() ? static_cast<double>(value.toInt()) : value.toDouble());
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value.toStringRef();
  } else {
    static_assert(is_vector<T>::value, "attributes are bool, int, float, int64_t, std::string and vectors of these");
    T items;
    for (const c10::IValue& item : value.toListRef()) items.push_back(attribute_of<typename T::value_type>(item));
    return items;
  }
}

inline std::vector<Tensor> wrap(const std::vector<at::Tensor>& tensors) { return {tensors.begin(), tensors.end()}; }
inline std::vector<at::Tensor> unwrap(const std::vector<Tensor>& tensors) {
  std::vector<at::Tensor> result;
  for (const Tensor& tensor : tensors) result.push_back(tensor.torch());
  return result;
}

/// One parameter of a kernel: `take` gets it from the call, `get` hands it over, `finish` gives outputs back.
template <typename P, typename T = std::remove_cv_t<std::remove_reference_t<P>>>
struct Parameter {
  T value;
  static Parameter take(pd::Call& call, Cursor& cursor) {
    return {attribute_of<T>(call.attributes.at(cursor.attribute++))};
  }
  P get() { return static_cast<P>(value); }
  void finish(pd::Call&) {}
};
template <typename P>
struct Parameter<P, Tensor> {
  Tensor value;
  static Parameter take(pd::Call& call, Cursor& cursor) {
    const auto& group = call.inputs.at(cursor.input++);
    return {group.empty() ? Tensor() : Tensor(group.front())};
  }
  P get() { return static_cast<P>(value); }
  void finish(pd::Call&) {}
};
template <typename P>
struct Parameter<P, std::vector<Tensor>> {
  std::vector<Tensor> value;
  static Parameter take(pd::Call& call, Cursor& cursor) { return {wrap(call.inputs.at(cursor.input++))}; }
  P get() { return static_cast<P>(value); }
  void finish(pd::Call&) {}
};
template <typename P>
struct Parameter<P, optional<Tensor>> {
  optional<Tensor> value;
  static Parameter take(pd::Call& call, Cursor& cursor) {
    const auto& group = call.inputs.at(cursor.input++);
    Parameter parameter;
    if (!group.empty()) parameter.value = Tensor(group.front());
    return parameter;
  }
  P get() { return static_cast<P>(value); }
  void finish(pd::Call&) {}
};
template <typename P>
struct Parameter<P, optional<std::vector<Tensor>>> {
  optional<std::vector<Tensor>> value;
  static Parameter take(pd::Call& call, Cursor& cursor) {
    const auto& group = call.inputs.at(cursor.input++);
    Parameter parameter;
    if (!group.empty()) parameter.value = wrap(group);
    return parameter;
  }
  P get() { return static_cast<P>(value); }
  void finish(pd::Call&) {}
};
/// An output that the kernel shapes and allocates.
template <typename P>
struct Parameter<P, Tensor*> {
  Tensor value;
  size_t index;
  static Parameter take(pd::Call& call, Cursor& cursor) {
    const size_t index = cursor.output++;
    const auto& group = call.outputs.at(index);
    return {group.empty() ? Tensor() : Tensor(group.front()), index};
  }
  Tensor* get() { return &value; }
  void finish(pd::Call& call) {
    if (value.defined()) call.outputs[index] = {value.torch()};
  }
};
template <typename P>
struct Parameter<P, std::vector<Tensor*>> {
  std::vector<Tensor> values;
  std::vector<Tensor*> pointers;
  size_t index;
  static Parameter take(pd::Call& call, Cursor& cursor) {
    const size_t index = cursor.output++;
    return {wrap(call.outputs.at(index)), {}, index};
  }
  P get() {
    pointers.clear();
    for (Tensor& value : values) pointers.push_back(&value);
    return static_cast<P>(pointers);
  }
  void finish(pd::Call& call) { call.outputs[index] = unwrap(values); }
};

/// Returned tensors, one for each output that is not in place; a last one that is a vector takes all that are left.
inline void assign_outputs(pd::Call& call, const std::vector<Tensor>& results) {
  std::vector<size_t> outputs;
  for (size_t i = 0; i < call.outputs.size(); ++i) {
    if (!call.is_inplace[i]) outputs.push_back(i);
  }
  TORCH_CHECK(results.size() >= outputs.size() && (results.empty() || !outputs.empty()), "kernel: it returned ",
              results.size(), " tensors for ", outputs.size(), " outputs");
  for (size_t k = 0; k < outputs.size(); ++k) {
    const size_t end = k + 1 == outputs.size() ? results.size() : k + 1;
    auto& output = call.outputs[outputs[k]];
    output.clear();
    for (size_t i = k; i < end; ++i) output.push_back(results[i].torch());
  }
}

template <auto Function, typename Signature>
struct KernelOf;
template <auto Function, typename R, typename... A>
struct KernelOf<Function, R (*)(A...)> {
  static void run(pd::Call& call) { run(call, std::index_sequence_for<A...>()); }

 private:
  template <size_t... I>
  static void run(pd::Call& call, std::index_sequence<I...>) {
    Cursor cursor;
    // Braces: from left to right, as the cursor wants it.
    std::tuple<Parameter<A>...> parameters{Parameter<A>::take(call, cursor)...};
    if constexpr (std::is_void_v<R>) Function(std::get<I>(parameters).get()...);
    else assign_outputs(call, Function(std::get<I>(parameters).get()...));
    (std::get<I>(parameters).finish(call), ...);
  }
};

/// One parameter of a shape or dtype function: what describes the next input, or an attribute. `One` is Shape or
/// DataType. A vector of integers is a shape as long as there are inputs, since both kinds are written alike.
template <typename One, typename Info>
class InferReader {
 public:
  explicit InferReader(const Info& info) : info_(info) {}

  template <typename P>
  std::remove_cv_t<std::remove_reference_t<P>> next() {
    using T = std::remove_cv_t<std::remove_reference_t<P>>;
    const bool has_input = cursor_.input < info_.inputs.size();
    if constexpr (std::is_same_v<T, One>) {
      if (has_input || !is_vector<T>::value) {
        const auto& group = info_.inputs.at(cursor_.input++);
        TORCH_CHECK(!group.empty(), "infer function: an input that is not given is taken as if it were");
        return convert(group.front());
      }
    }
    if constexpr (std::is_same_v<T, optional<One>>) {
      const auto& group = info_.inputs.at(cursor_.input++);
      return group.empty() ? T() : T(convert(group.front()));
    } else if constexpr (std::is_same_v<T, std::vector<One>>) {
      return converted(info_.inputs.at(cursor_.input++));
    } else if constexpr (std::is_same_v<T, optional<std::vector<One>>>) {
      const auto& group = info_.inputs.at(cursor_.input++);
      return group.empty() ? T() : T(converted(group));
    } else if constexpr (!std::is_same_v<T, DataType>) {
      return attribute_of<T>(info_.attributes.at(cursor_.attribute++));
    } else {
      TORCH_CHECK(false, "infer function: it has more parameters than the operator has inputs");
    }
  }

 private:
  static const pd::Shape& convert(const pd::Shape& shape) { return shape; }
  static DataType convert(at::ScalarType dtype) { return phi::from_torch(dtype); }
  template <typename Group>
  static std::vector<One> converted(const Group& group) {
    std::vector<One> result;
    for (const auto& item : group) result.push_back(convert(item));
    return result;
  }
  const Info& info_;
  Cursor cursor_;
};

template <auto Function, typename Signature>
struct InferShapeOf;
template <auto Function, typename R, typename... A>
struct InferShapeOf<Function, R (*)(A...)> {
  static std::vector<pd::Shape> run(const pd::ShapeCall& call) {
    InferReader<pd::Shape, pd::ShapeCall> reader(call);
    std::tuple<std::remove_cv_t<std::remove_reference_t<A>>...> values{reader.template next<A>()...};
    return std::apply([](auto&... one) { return Function(one...); }, values);
  }
};
template <auto Function, typename Signature>
struct InferDtypeOf;
template <auto Function, typename R, typename... A>
struct InferDtypeOf<Function, R (*)(A...)> {
  static std::vector<at::ScalarType> run(const pd::DtypeCall& call) {
    InferReader<DataType, pd::DtypeCall> reader(call);
    std::tuple<std::remove_cv_t<std::remove_reference_t<A>>...> values{reader.template next<A>()...};
    std::vector<at::ScalarType> result;
    for (DataType dtype : std::apply([](auto&... one) { return Function(one...); }, values)) {
      result.push_back(phi::to_torch(dtype));
    }
    return result;
  }
};

}  // namespace internal

using KernelFunc = spinel::hosts::pd::Kernel;
using InferShapeFunc = spinel::hosts::pd::InferShape;
using InferDtypeFunc = spinel::hosts::pd::InferDtype;

/// Collects a declaration; the macros below register it when it is complete.
class OpMetaInfoBuilder {
 public:
  OpMetaInfoBuilder(std::string name, int order) {
    declaration_.name = std::move(name);
    declaration_.order = order;
  }
  OpMetaInfoBuilder& Inputs(std::vector<std::string> names) {
    declaration_.inputs = std::move(names);
    return *this;
  }
  OpMetaInfoBuilder& Outputs(std::vector<std::string> names) {
    declaration_.outputs = std::move(names);
    return *this;
  }
  OpMetaInfoBuilder& Attrs(std::vector<std::string> attributes) {
    declaration_.attributes = std::move(attributes);
    return *this;
  }
  OpMetaInfoBuilder& SetInplaceMap(std::unordered_map<std::string, std::string> map) {
    declaration_.inplace = std::move(map);
    return *this;
  }
  OpMetaInfoBuilder& SetKernelFn(KernelFunc kernel) {
    declaration_.kernel = kernel;
    return *this;
  }
  OpMetaInfoBuilder& SetInferShapeFn(InferShapeFunc function) {
    declaration_.infer_shape = function;
    return *this;
  }
  OpMetaInfoBuilder& SetInferDtypeFn(InferDtypeFunc function) {
    declaration_.infer_dtype = function;
    return *this;
  }
  /// Rules of Paddle's distributed tensors, which libtorch does not have.
  template <typename Function>
  OpMetaInfoBuilder& SetInferSpmdFn(Function) {
    return *this;
  }
  const spinel::hosts::pd::Declaration& declaration() const { return declaration_; }

 private:
  spinel::hosts::pd::Declaration declaration_;
};

/// What the macros define: registers as the library is loaded, and deregisters as it goes.
class DeclaredOperator {
 public:
  DeclaredOperator(const OpMetaInfoBuilder& builder) : registration_(builder.declaration(), SPINEL_PD_NAMESPACE) {}

 private:
  spinel::hosts::pd::Registration registration_;
};

}  // namespace paddle

#define PD_KERNEL(...) (&::paddle::internal::KernelOf<&__VA_ARGS__, decltype(&__VA_ARGS__)>::run)
#define PD_INFER_SHAPE(...) (&::paddle::internal::InferShapeOf<&__VA_ARGS__, decltype(&__VA_ARGS__)>::run)
#define PD_INFER_DTYPE(...) (&::paddle::internal::InferDtypeOf<&__VA_ARGS__, decltype(&__VA_ARGS__)>::run)
#define PD_INFER_SPMD_RULE(...) (&__VA_ARGS__)

#define SPINEL_PD_DECLARE(name, order) \
  static const ::paddle::DeclaredOperator spinel_pd_##name##_##order = ::paddle::OpMetaInfoBuilder(#name, order)
#define PD_BUILD_OP(name) SPINEL_PD_DECLARE(name, 0)
#define PD_BUILD_GRAD_OP(name) SPINEL_PD_DECLARE(name, 1)
#define PD_BUILD_DOUBLE_GRAD_OP(name) SPINEL_PD_DECLARE(name, 2)
/// Sources of FastDeploy name operators so that stand for themselves in graphs and beside a function of the same name.
#ifndef PD_BUILD_STATIC_OP
#define PD_BUILD_STATIC_OP(name) PD_BUILD_OP(static_op_##name)
#endif
