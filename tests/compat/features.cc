// More of what authors of extensions use, as they write it for PyTorch: derivatives, registration without a block,
// dispatch by element type, containers, accessors, checks. Built against libtorch and against compat/, which must
// agree.
#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <ATen/core/op_registration/op_registration.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>
#include <torch/library.h>
#include <torch/types.h>

#include <array>
#include <atomic>
#include <sstream>

namespace {

// --- torch::autograd::Function

float* data(const at::Tensor& x) { return x.data_ptr<float>(); }

template <typename F>
at::Tensor each(const at::Tensor& x, F&& function) {
  const at::Tensor in = x.contiguous();
  at::Tensor out = at::empty_like(in);
  for (int64_t i = 0; i < in.numel(); ++i) data(out)[i] = function(data(in)[i], i);
  return out;
}

/// factor · x · y, with its derivatives by x and y, and the signs of x or `more`, without.
class Product : public torch::autograd::Function<Product> {
 public:
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                                                const at::Tensor& y, double factor, std::optional<at::Tensor> more) {
    context->save_for_backward({x, y});
    context->saved_data["factor"] = factor;
    context->saved_data["sizes"] = x.sizes().vec();
    const at::Tensor kept_y = y.contiguous();
    const at::Tensor product =
        each(x, [&](float a, int64_t i) { return static_cast<float>(factor) * a * data(kept_y)[i]; });
    at::Tensor signs = each(x, [](float a, int64_t) { return a < 0 ? -1.0f : 1.0f; });
    context->mark_non_differentiable({signs});
    return {product, more ? *more : signs};
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto factor = static_cast<float>(context->saved_data["factor"].toDouble());
    TORCH_CHECK(context->saved_data["sizes"].toIntVector() == saved[0].sizes().vec(), "the sizes are lost");
    const at::Tensor gradient = gradients[0].contiguous();
    const auto times = [&](const at::Tensor& other) {
      return each(other, [&](float a, int64_t i) { return factor * a * data(gradient)[i]; });
    };
    at::Tensor by_x, by_y;
    if (context->needs_input_grad(0)) by_x = times(saved[1]);
    if (context->needs_input_grad(1)) by_y = times(saved[0]);
    return {by_x, by_y, at::Tensor(), at::Tensor()};
  }
};

std::tuple<at::Tensor, at::Tensor> product(const at::Tensor& x, const at::Tensor& y, double factor) {
  const auto results = Product::apply(x, y, factor, std::optional<at::Tensor>());
  return {results[0], results[1]};
}

/// x², of one result.
struct Square : torch::autograd::Function<Square> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x) {
    context->save_for_backward({x});
    return each(x, [](float a, int64_t) { return a * a; });
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const at::Tensor x = context->get_saved_variables()[0], gradient = gradients[0].contiguous();
    return {each(x, [&](float a, int64_t i) { return 2 * a * data(gradient)[i]; })};
  }
};

at::Tensor square(const at::Tensor& x) { return Square::apply(x); }

// --- AT_DISPATCH_*

template <typename T>
std::string type_text(at::ScalarType dtype) {
  return std::string(at::toString(dtype)) + std::to_string(sizeof(T)) + " ";
}

std::string dispatched(const std::string& family, at::ScalarType type) {
#define SPINEL_BODY [&] { return type_text<scalar_t>(type); }
  if (family == "floating") return AT_DISPATCH_FLOATING_TYPES(type, "op", SPINEL_BODY);
  if (family == "floating_half") return AT_DISPATCH_FLOATING_TYPES_AND_HALF(type, "op", SPINEL_BODY);
  if (family == "floating_and2")
    return AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, type, "op", SPINEL_BODY);
  if (family == "integral") return AT_DISPATCH_INTEGRAL_TYPES(type, "op", SPINEL_BODY);
  if (family == "integral_and") return AT_DISPATCH_INTEGRAL_TYPES_AND(at::kBool, type, "op", SPINEL_BODY);
  if (family == "all") return AT_DISPATCH_ALL_TYPES(type, "op", SPINEL_BODY);
  if (family == "all_and2") return AT_DISPATCH_ALL_TYPES_AND2(at::kHalf, at::kBool, type, "op", SPINEL_BODY);
  if (family == "all_complex") return AT_DISPATCH_ALL_TYPES_AND_COMPLEX(type, "op", SPINEL_BODY);
  if (family == "all_complex_and3")
    return AT_DISPATCH_ALL_TYPES_AND_COMPLEX_AND3(at::kHalf, at::kBFloat16, at::kBool, type, "op", SPINEL_BODY);
  if (family == "complex") return AT_DISPATCH_COMPLEX_TYPES(type, "op", SPINEL_BODY);
  if (family == "floating_complex") return AT_DISPATCH_FLOATING_AND_COMPLEX_TYPES(type, "op", SPINEL_BODY);
  if (family == "own")
    return AT_DISPATCH_SWITCH(type, "op",
                              AT_DISPATCH_CASE(at::kHalf, SPINEL_BODY) AT_DISPATCH_CASE_INTEGRAL_TYPES(SPINEL_BODY));
#undef SPINEL_BODY
  return AT_DISPATCH_INDEX_TYPES(type, "op", [&] { return type_text<index_t>(type); });
}

std::string types_of(const std::string& family) {
  std::string made;
  for (const at::ScalarType type : {at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kHalf, at::kFloat,
                                    at::kDouble, at::kComplexFloat, at::kComplexDouble, at::kBool, at::kBFloat16}) {
    try {
      made += dispatched(family, type);
    } catch (const c10::NotImplementedError&) {
    }
  }
  return made;
}

std::string dispatch_error(at::ScalarType type) {
  try {
    return dispatched("floating", type);
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
}

// --- Containers

std::string list_members(c10::List<int64_t> xs) {
  std::ostringstream out;
  const c10::List<int64_t> same = xs, copy = xs.copy();
  xs.push_back(7);
  xs.set(0, 40);
  xs[1] = 41;
  xs.insert(xs.begin(), 3);
  out << xs.size() << copy.size() << same.size() << same.is(xs) << copy.is(xs) << (same == xs) << (copy == xs) << ' ';
  xs.erase(xs.begin() + 1);
  xs.emplace_back(9);
  xs.append(copy);
  xs.pop_back();
  for (const int64_t x : xs) out << x << ',';
  xs.resize(2);
  const int64_t first = xs[0];
  out << ' ' << xs.get(1) << xs.extract(1) << first << xs.empty();
  xs.clear();
  out << xs.empty() << xs.vec().size();
  c10::List<at::Tensor> tensors({at::ones({2})});
  tensors.push_back(at::zeros({3}));
  out << ' ' << tensors.get(1).numel() << c10::List<std::string>({"a", "b"}).get(1);
  return out.str();
}

std::string dict_members(c10::Dict<std::string, int64_t> d) {
  std::ostringstream out;
  const auto same = d, copy = d.copy();
  out << d.insert("b", 2).second << d.insert("b", 3).second << d.insert_or_assign("a", 10).second;
  out << d.at("a") << d.contains("b") << d.contains("z") << d.erase("z") << d.size() << copy.size() << same.size();
  d.find("b")->setValue(20);
  out << (d.find("z") == d.end()) << d.find("b")->value() << ' ';
  for (const auto& entry : d) out << entry.key() << entry.value() << ',';
  out << d.erase("a") << d.size() << d.is(same) << (copy == d);
  d.clear();
  out << same.empty();
  return out.str();
}

/// Nested containers in and out.
c10::Dict<std::string, std::vector<double>> nested(const c10::Dict<std::string, std::vector<double>>& d,
                                                   const std::vector<std::vector<int64_t>>& lists) {
  c10::Dict<std::string, std::vector<double>> made;
  for (const auto& entry : d) {
    std::vector<double> twice = entry.value();
    for (double& x : twice) x *= 2;
    made.insert(entry.key(), twice);
  }
  made.insert("lists",
              std::vector<double>{static_cast<double>(lists.size()), static_cast<double>(lists.back().size())});
  return made;
}

// --- Accessors

double trace(const at::Tensor& x) {
  const auto a = x.accessor<float, 2>();
  double sum = 0;
  for (int64_t i = 0; i < std::min(a.size(0), a.size(1)); ++i) sum += a[i][i];
  return sum + static_cast<double>(a.stride(0)) / 64 + static_cast<double>(a.sizes()[1]) / 4;
}

void transpose_into(const at::Tensor& x, at::Tensor& out) {
  const auto from = x.packed_accessor64<float, 2>();
  auto to = out.packed_accessor32<float, 2>();
  for (int64_t i = 0; i < from.size(0); ++i) {
    for (int64_t j = 0; j < from.size(1); ++j) to[static_cast<int32_t>(j)][static_cast<int32_t>(i)] = from[i][j];
  }
}

// --- Optionals and views of arrays

std::string optionals(std::optional<int64_t> i, std::optional<double> f, std::optional<bool> b,
                      std::optional<std::string> s, std::optional<at::ScalarType> dtype,
                      std::optional<at::Device> device, const std::optional<at::Scalar>& number,
                      at::OptionalIntArrayRef sizes, const std::optional<at::Tensor>& x) {
  std::ostringstream out;
  out << i.value_or(-1) << ' ' << f.value_or(-1) << ' ' << b.value_or(false) << ' ' << s.value_or("none") << ' '
      << (dtype ? at::toString(*dtype) : "none") << ' ' << (device ? device->str() : "none") << ' '
      << (number ? number->toDouble() : -1) << ' ' << (sizes.has_value() ? sizes->size() : 99) << ' '
      << (x ? x->numel() : -1);
  return out.str();
}

std::string views(at::IntArrayRef xs, at::ArrayRef<double> fs, const c10::List<bool>& bs, std::array<int64_t, 2> pair,
                  at::TensorList tensors) {
  std::ostringstream out;
  out << xs << fs << bs.size() << pair[1] << tensors.size() << ' ';
  out << xs.slice(1) << xs.slice(0, 2) << xs.front() << xs.back() << xs.at(1) << xs.equals({1, 2, 3}) << (xs == pair);
  out << std::vector<int64_t>(xs.rbegin(), xs.rend()).front() << xs.allMatch([](int64_t x) { return x > 0; });
  const at::IntArrayRef one(pair[0]), none;
  out << one << none << none.empty() << at::IntArrayRef(pair) << xs.vec().size();
  try {
    out << none.front();
  } catch (const c10::Error& error) {
    out << ' ' << error.what_without_backtrace();
  }
  return out.str();
}

// --- Checks

void check(const std::string& kind) {
  const int two = 2;
  const int* null = nullptr;
  if (kind == "eq") TORCH_CHECK_EQ(two, 3) << "and more";
  if (kind == "ne") TORCH_CHECK_NE(two, 2);
  if (kind == "le") TORCH_CHECK_LE(two, 1);
  if (kind == "lt") TORCH_CHECK_LT(two, 2);
  if (kind == "ge") TORCH_CHECK_GE(two, 3);
  if (kind == "gt") TORCH_CHECK_GT(two, 2);
  if (kind == "notnull") TORCH_CHECK_NOTNULL(null);
  if (kind == "arg") TORCH_CHECK_ARG(two == 3, 1, "two is ", two);
  if (kind == "error") AT_ERROR("an error of ", two, " parts");
  if (kind == "linalg") TORCH_CHECK_LINALG(false, "a singular matrix");
  if (kind == "memory") TORCH_CHECK_WITH(OutOfMemoryError, false, "no memory");
  if (kind == "not_implemented")
    TORCH_CHECK_NOT_IMPLEMENTED(two > 2, "of ", 1.5, ' ', at::kHalf, " on ", at::Device("cpu"));
  if (kind == "stack") TORCH_CHECK_ALWAYS_SHOW_CPP_STACKTRACE(false, "with a stack");
  if (kind == "host") TORCH_CHECK_IF_NOT_ON_CUDA(false, "not on CUDA");
  if (kind == "sizes") TORCH_CHECK(false, "sizes ", at::IntArrayRef({2, 3}), " of ", std::string("x"));
  if (kind == "syntax") C10_THROW_ERROR(SyntaxError, "no syntax");
  if (kind == "std") throw std::out_of_range("of the standard library");
  TORCH_WARN_ONCE("a warning of the test ", kind);
}

/// Without time, place and end of line, which libtorch's checks of two values have.
std::string check_text(const std::string& kind) {
  std::string text;
  try {
    check(kind);
  } catch (const c10::Error& error) {
    text = error.what_without_backtrace();
  }
  if (text.rfind("[F", 0) == 0) text = text.substr(text.find("] ") + 2);
  return text.substr(0, text.find('\n'));
}

// --- A class with members of all kinds

struct Stack : torch::CustomClassHolder {
  Stack() = default;
  explicit Stack(std::vector<std::string> first) : items(std::move(first)) {}
  void push(std::string item) { items.push_back(std::move(item)); }
  std::string pop() {
    TORCH_CHECK_INDEX(!items.empty(), "pop from an empty stack");
    std::string last = items.back();
    items.pop_back();
    return last;
  }
  c10::intrusive_ptr<Stack> clone() const { return c10::make_intrusive<Stack>(items); }
  void merge(const c10::intrusive_ptr<Stack>& other) {
    for (const std::string& item : other->items) items.push_back(item);
  }
  std::tuple<double, int64_t> measures() const { return {weight, static_cast<int64_t>(items.size())}; }
  std::vector<std::string> items;
  double weight = 1.5;
  int64_t limit_ = 10;
  int64_t limit() const { return limit_; }
  void set_limit(int64_t limit) { limit_ = limit; }
};

int64_t total(const std::vector<c10::intrusive_ptr<Stack>>& stacks) {
  int64_t sum = 0;
  for (const auto& stack : stacks) sum += static_cast<int64_t>(stack->items.size());
  return sum;
}

// --- Registration without a block

at::Tensor old_style(const at::Tensor& x, int64_t k) {
  return each(x, [k](float a, int64_t) { return a + static_cast<float>(k); });
}
struct OldFunctor : torch::OperatorKernel {
  explicit OldFunctor(int64_t k) : k_(k) {}
  at::Tensor operator()(const at::Tensor& x) { return old_style(x, k_); }
  int64_t k_;
};
int64_t old_inferred(int64_t a, std::optional<std::string> text) {
  return a + static_cast<int64_t>(text ? text->size() : 0);
}

/// Runs until another thread has seen it run and sets the flag behind the pointer.
int64_t wait_for(int64_t address) {
  auto* flags = reinterpret_cast<std::atomic<int>*>(address);
  flags[0] = 1;
  while (flags[1] == 0) {
  }
  return 42;
}

const auto registry =
    torch::RegisterOperators()
        .op("compat_features::old_style(Tensor x, int k=2) -> Tensor",
            torch::RegisterOperators::options().kernel<decltype(old_style), &old_style>(c10::DispatchKey::CPU))
        .op("compat_features::old_functor(Tensor x) -> Tensor",
            torch::RegisterOperators::options().kernel<OldFunctor>(c10::DispatchKey::CPU, 5))
        .op("compat_features::old_inferred", &old_inferred)
        .op("compat_features::old_lambda(int a) -> int", [](int64_t a) { return 3 * a; })
        .op("compat_features::old_wait(int address) -> int", &wait_for)
        .op(torch::RegisterOperators::options()
                .schema("compat_features::old_catch_all(int a) -> int")
                .catchAllKernel([](int64_t a) { return 4 * a; }));

}  // namespace

TORCH_LIBRARY(compat_features, m) {
  m.def("product(Tensor x, Tensor y, float factor=1.0) -> (Tensor, Tensor)");
  m.def("square(Tensor x) -> Tensor");
  m.def("types_of(str family) -> str", &types_of);
  m.def("dispatch_error(ScalarType type) -> str", &dispatch_error);
  m.def("list_members(int[] xs) -> str", &list_members);
  m.def("dict_members(Dict(str, int) d) -> str", &dict_members);
  m.def("nested(Dict(str, float[]) d, int[][] lists) -> Dict(str, float[])", &nested);
  m.def("trace(Tensor x) -> float", &trace);
  m.def("transpose_into(Tensor x, Tensor(a!) out) -> ()", &transpose_into);
  m.def(
      "optionals(int? i=None, float? f=None, bool? b=None, str? s=None, ScalarType? dtype=None, Device? device=None, "
      "Scalar? number=None, int[]? sizes=None, Tensor? x=None) -> str",
      &optionals);
  m.def("views(int[] xs, float[] fs, bool[] bs, int[2] pair, Tensor[] tensors) -> str", &views);
  m.def("check(str kind) -> ()", &check);
  m.def("check_text(str kind) -> str", &check_text);

  m.class_<Stack>("Stack")
      .def(torch::init([](std::vector<std::string> first) { return c10::make_intrusive<Stack>(std::move(first)); }))
      .def("push", &Stack::push)
      .def("pop", &Stack::pop)
      .def("clone", &Stack::clone)
      .def("merge", &Stack::merge)
      .def("measures", &Stack::measures)
      .def("__len__", [](const c10::intrusive_ptr<Stack>& self) { return static_cast<int64_t>(self->items.size()); })
      .def_readwrite("items", &Stack::items)
      .def_readwrite("weight", &Stack::weight)
      .def_property("limit", &Stack::limit, &Stack::set_limit)
      .def_pickle([](const c10::intrusive_ptr<Stack>& self) { return std::make_tuple(self->items, self->weight); },
                  [](std::tuple<std::vector<std::string>, double> state) {
                    auto made = c10::make_intrusive<Stack>(std::get<0>(state));
                    made->weight = std::get<1>(state);
                    return made;
                  });
  m.def("total(__torch__.torch.classes.compat_features.Stack[] stacks) -> int", &total);
}

TORCH_LIBRARY_IMPL(compat_features, Autograd, m) {
  m.impl("product", &product);
  m.impl("square", &square);
}

TORCH_LIBRARY_IMPL(compat_features, CPU, m) {
  m.impl("product", &product);
  m.impl("square", &square);
}
