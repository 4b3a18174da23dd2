// An extension as its author would write it for PyTorch. The tests build it against libtorch and against compat/ and
// expect the same of both.
#include <torch/library.h>
#include <torch/types.h>

namespace {

at::Tensor scale(const at::Tensor& x, double factor, int64_t shift) {
  const at::Tensor in = x.contiguous();
  at::Tensor out = at::empty_like(in);
  const float* from = in.data_ptr<float>();
  float* to = out.data_ptr<float>();
  for (int64_t i = 0; i < in.numel(); ++i) to[i] = static_cast<float>(from[i] * factor + static_cast<double>(shift));
  return out;
}

at::Tensor fill_ones(at::IntArrayRef sizes, std::optional<at::ScalarType> dtype) {
  return at::ones(sizes, at::TensorOptions().dtype(dtype.value_or(at::kFloat)));
}

at::Tensor& add_number_(at::Tensor& self, double number) {
  TORCH_CHECK_TYPE(self.scalar_type() == at::kFloat, "add_number_ expects float32, got ", self.scalar_type());
  float* data = self.data_ptr<float>();
  for (int64_t i = 0; i < self.numel(); ++i) data[i] += static_cast<float>(number);
  return self;
}

using Pair = std::optional<std::tuple<at::Tensor, at::Tensor>>;
int64_t count(const at::Tensor& x, Pair pair) {
  return x.numel() + (pair ? std::get<0>(*pair).numel() + std::get<1>(*pair).numel() : 0);
}

std::string which_int(int64_t value) { return "int " + std::to_string(value); }
std::string which_float(double) { return "float"; }
std::string which_tensor(const at::Tensor& x) { return "tensor of " + std::to_string(x.dim()); }

std::tuple<at::Tensor, at::Tensor> split(const at::Tensor& x, int64_t at) {
  TORCH_CHECK_INDEX(at >= 0 && at <= x.size(0), "split: ", at, " is outside of ", x.size(0), " rows");
  return {x.narrow(0, 0, at), x.narrow(0, at, x.size(0) - at)};
}

std::vector<at::Tensor> halves(at::TensorList xs, const std::optional<at::Tensor>& more) {
  std::vector<at::Tensor> out;
  for (const at::Tensor& x : xs) out.push_back(scale(x, 0.5, 0));
  if (more) out.push_back(*more);
  return out;
}

c10::Dict<std::string, int64_t> lengths(const c10::List<std::string>& texts) {
  c10::Dict<std::string, int64_t> made;
  for (const std::string& text : texts.vec()) made.insert(text, static_cast<int64_t>(text.size()));
  return made;
}

at::Tensor twice_by_dispatcher(const at::Tensor& x) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("compat_ext::scale", "")
                             .typed<at::Tensor(const at::Tensor&, double, int64_t)>();
  return op.call(x, 2.0, 0);
}

c10::SymInt next_symbolic(c10::SymInt value) { return value + 1; }

void describe(const c10::OperatorHandle& op, c10::Stack* stack) {
  const c10::IValue value = torch::jit::pop(*stack);
  const std::string kind = value.isInt() ? "int" : value.isNone() ? "none" : value.isString() ? "str" : "other";
  torch::jit::push(*stack, op.schema().name() + " of " + kind);
}

void fail_as(const std::string& kind) {
  if (kind == "index") C10_THROW_ERROR(IndexError, "an index");
  TORCH_CHECK_VALUE(kind != "value", "a value");
  TORCH_CHECK_TYPE(kind != "type", "a type");
  TORCH_CHECK_NOT_IMPLEMENTED(kind != "not_implemented", "not there");
  TORCH_CHECK(kind != "check", "a check of ", 2, " parts");
  TORCH_CHECK(kind != "silent");
  TORCH_INTERNAL_ASSERT(kind != "assert", "an assertion");
  if (kind == "equal") TORCH_CHECK_EQ(kind.size(), 3) << "streamed";
}

/// A class with all kinds of members.
struct Counter : torch::CustomClassHolder {
  Counter(int64_t first, std::string name) : value(first), label(std::move(name)) {}
  int64_t next(int64_t step) { return value += step; }
  int64_t value;
  std::string label;
};

int64_t value_of(const c10::intrusive_ptr<Counter>& counter) { return counter->value; }

}  // namespace

TORCH_LIBRARY(compat_ext, m) {
  m.impl_abstract_pystub("compat_ext.fake");
  m.set_python_module("compat_ext.fake");
  m.def("scale(Tensor x, float factor=2.0, *, int shift=0) -> Tensor", {at::Tag::pt2_compliant_tag});
  m.def("fill_ones(int[2] sizes, *, ScalarType? dtype=None) -> Tensor");
  m.def("add_number_(Tensor(a!) self, float number) -> Tensor(a!)");
  m.def("count(Tensor x, (Tensor, Tensor)? pair=None) -> int", &count);
  m.def("which.int(int value) -> str", &which_int);
  m.def("which.float(float value) -> str", which_float);
  m.def("which.Tensor(Tensor value) -> str", torch::dispatch(c10::DispatchKey::CPU, TORCH_FN(which_tensor)));
  m.def(torch::schema("split(Tensor(a) x, int at) -> (Tensor(a) head, Tensor(a) tail)",
                      c10::AliasAnalysisKind::FROM_SCHEMA));
  m.def(TORCH_SELECTIVE_SCHEMA("halves(Tensor[] xs, Tensor? more=None) -> Tensor[]"));
  m.def("lengths", &lengths);
  m.def("twice_by_dispatcher(Tensor x) -> Tensor", TORCH_FN(twice_by_dispatcher));
  m.def("next_symbolic(SymInt value) -> SymInt", &next_symbolic);
  m.def("describe(Any value) -> str", torch::CppFunction::makeFromBoxedFunction<&describe>());
  m.def("fail_as(str kind) -> ()", &fail_as);
  m.def("inferred", [](const at::Tensor& x, std::optional<double>, std::array<bool, 2>, at::Scalar) { return x; });

  m.class_<Counter>("Counter")
      .def(torch::init<int64_t, std::string>(), "", {torch::arg("first"), torch::arg("name") = "none"})
      .def("next", &Counter::next)
      .def("twice", [](const c10::intrusive_ptr<Counter>& self) { return 2 * self->value; })
      .def_static("limit", [] { return int64_t{100}; })
      .def_readwrite("value", &Counter::value)
      .def_readonly("label", &Counter::label)
      .def_pickle([](const c10::intrusive_ptr<Counter>& self) { return std::make_tuple(self->value, self->label); },
                  [](std::tuple<int64_t, std::string> state) {
                    return c10::make_intrusive<Counter>(std::get<0>(state), std::get<1>(state));
                  });
  m.def("value_of(__torch__.torch.classes.compat_ext.Counter counter) -> int", &value_of);
}

TORCH_LIBRARY_FRAGMENT(compat_ext, m) {
  m.def("later(int a, int b=3, *, bool flag=False, str text=\"x\") -> str",
        [](int64_t a, int64_t b, bool flag, std::string text) {
          return std::to_string(a) + " " + std::to_string(b) + (flag ? " yes " : " no ") + text;
        });
  m.def("chosen(Tensor x) -> str");
}

TORCH_LIBRARY_IMPL(compat_ext, CPU, m) {
  m.impl("scale", &scale);
  m.impl("add_number_", TORCH_FN(add_number_));
  m.impl(TORCH_SELECTIVE_NAME("split"), TORCH_FN(split));
  m.impl("chosen", [](const at::Tensor&) { return std::string("cpu"); });
}

TORCH_LIBRARY_IMPL(compat_ext, CompositeExplicitAutograd, m) { m.impl("halves", &halves); }

TORCH_LIBRARY_IMPL(compat_ext, BackendSelect, m) { m.impl("fill_ones", &fill_ones); }

TORCH_LIBRARY_IMPL(compat_ext, Meta, m) {
  m.impl("scale", [](const at::Tensor& x, double, int64_t) { return at::empty_like(x); });
}
