#include "spinel/sparse/check.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/sparse/arithmetic.h"
#include "spinel/sparse/cat.h"
#include "spinel/sparse/functions.h"
#include "spinel/sparse/golden_call.h"
#include "spinel/sparse/matmul.h"
#include "spinel/sparse/operators.h"

namespace spinel::sparse {
namespace {

using golden::Outputs;

/// What the cases' numbers were made with where no value says a type.
constexpr at::ScalarType default_dtype = at::kDouble;

Outputs one(const at::Tensor& out) { return {{{"out", out}}, {}}; }
Outputs matrix(const SparseTensor& a) { return sparse_outputs("A", a); }
Outputs result(const SparseTensor& c) { return sparse_outputs("C", c); }
Outputs index_value(const IndexValue& result) {
  Outputs outputs{{{"index", result.first}}, {}};
  if (result.second.defined()) outputs.tensors.emplace_back("value", result.second);
  return outputs;
}
at::Tensor number(double value) { return at::scalar_tensor(value, at::kDouble); }
at::Tensor number(int64_t value) { return at::scalar_tensor(value, at::kLong); }
Outputs truth(bool value) { return one(at::scalar_tensor(value, at::kBool)); }

std::array<std::optional<int64_t>, 2> given_sizes(const GoldenCall& call, const char* name = "sparse_sizes") {
  const Config* sizes = call.arg(name);
  if (!sizes || sizes->is_null()) return {};
  const std::vector<int64_t> numbers = sizes->as_ints();
  return {numbers.at(0), numbers.at(1)};
}

Outputs init(const GoldenCall& call) {
  return matrix(SparseTensor(StorageArguments{.row = call.tensor("row"),
                                              .rowptr = call.tensor("rowptr"),
                                              .col = call.tensor("col"),
                                              .value = call.tensor("value"),
                                              .sparse_sizes = given_sizes(call),
                                              .is_sorted = call.flag("is_sorted"),
                                              .trust_data = call.flag("trust_data")}));
}

Outputs storage(const GoldenCall& call) {
  const SparseStorage s = call.sparse(0).storage();
  return {{{"rowptr", s.rowptr()},
           {"colptr", s.colptr()},
           {"rowcount", s.rowcount()},
           {"colcount", s.colcount()},
           {"csr2csc", s.csr2csc()},
           {"csc2csr", s.csc2csr()}},
          {}};
}

/// The indexing expression of these cases stands in their note: "A[1:5, idx]".
Index parse_index(const GoldenCall& call, std::string text) {
  std::erase(text, ' ');
  if (text == "...") return Ellipsis{};
  if (const at::Tensor tensor = call.tensor(text.c_str()); tensor.defined()) return tensor;
  const auto integer = [](const std::string& digits) {
    const Config value = parse_json(digits, "note");
    return value.as_int();
  };
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return integer(text);
  const std::string start = text.substr(0, colon), stop = text.substr(colon + 1);
  Slice slice;
  if (!start.empty()) slice.start = integer(start);
  if (!stop.empty()) slice.stop = integer(stop);
  return slice;
}

Outputs getitem(const GoldenCall& call) {
  const std::string note = call.call().metadata.at("note").as_string();
  const size_t open = note.find('['), close = note.find(']');
  require(note.starts_with("A[") && close != std::string::npos, "golden case: '{}' begins with no A[…]", note);
  std::vector<Index> indices;
  std::string rest = note.substr(open + 1, close - open - 1);
  while (true) {
    const size_t comma = rest.find(',');
    indices.push_back(parse_index(call, rest.substr(0, comma)));
    if (comma == std::string::npos) break;
    rest = rest.substr(comma + 1);
  }
  return matrix(call.sparse(0).index(indices));
}

Outputs bandwidth(const GoldenCall& call) {
  const SparseTensor a = call.sparse(0);
  return {{{"bandwidth", number(a.bandwidth())},
           {"avg_bandwidth", number(a.avg_bandwidth())},
           {"proportion_within_2", number(a.bandwidth_proportion(2))}},
          {}};
}

Outputs density(const GoldenCall& call) {
  const SparseTensor a = call.sparse(0);
  return {{{"density", number(a.density())},
           {"sparsity", number(a.sparsity())},
           {"avg_row_length", number(a.avg_row_length())},
           {"avg_col_length", number(a.avg_col_length())},
           {"nnz", number(a.nnz())},
           {"numel", number(a.numel())}},
          {}};
}

Outputs eye_matrix(const GoldenCall& call) {
  std::optional<int64_t> cols;
  if (call.has(1)) cols = call.integer(size_t{1});
  // Some cases leave has_value to what they store: an output without values is that of a matrix without.
  const Config* has_value = call.arg("has_value");
  const std::vector<std::string>& stored = call.call().stored_outputs;
  const bool valued =
      has_value ? has_value->as_bool() : std::find(stored.begin(), stored.end(), "A.value") != stored.end();
  return matrix(SparseTensor::eye(call.integer(size_t{0}), cols, valued, default_dtype));
}

Outputs csx(const char* ptr, const char* index, const char* value, const SparseTensor::Triple& triple) {
  Outputs outputs{{{ptr, std::get<0>(triple)}, {index, std::get<1>(triple)}}, {}};
  if (std::get<2>(triple).defined()) outputs.tensors.emplace_back(value, std::get<2>(triple));
  return outputs;
}

Outputs torch_csr(const GoldenCall& call) {
  const at::Tensor mat = call.sparse(0).to_torch_sparse_csr_tensor(default_dtype);
  return csx("crow", "col", "values", {mat.crow_indices(), mat.col_indices(), mat.values()});
}

Outputs torch_csc(const GoldenCall& call) {
  const at::Tensor mat = call.sparse(0).to_torch_sparse_csc_tensor(default_dtype);
  return csx("ccol", "row", "values", {mat.ccol_indices(), mat.row_indices(), mat.values()});
}

Outputs from_torch_coo(const GoldenCall& call) {
  const std::vector<int64_t> size = call.arg("size")->as_ints();
  return matrix(SparseTensor::from_torch_sparse_coo_tensor(
      to_torch_sparse(call.tensor(size_t{0}), call.tensor(size_t{1}), size.at(0), size.at(1))));
}

Outputs narrow_diag(const GoldenCall& call) {
  const SparseTensor a = call.sparse(0), b = call.sparse(1);
  return matrix(cat_diag({a, b}).narrow_diag(a.sparse_sizes(), b.sparse_sizes()));
}

Outputs reduce_by(const GoldenCall& call, Reduce reduce) {
  const Config* dim = call.arg("dim");
  return one(call.sparse(0).reduce(reduce, dim ? std::optional(dim->as_int()) : std::nullopt));
}

Outputs cat_matrices(const GoldenCall& call) {
  std::vector<SparseTensor> matrices;
  for (const Config& item : call.literal(0).at("list").as_list()) matrices.push_back(call.sparse(item));
  if (call.has(1)) return result(cat(matrices, call.integer(size_t{1})));
  const Config& dim = *call.arg("dim");
  return result(dim.is_list() ? cat(matrices, dim.as_ints()) : cat(matrices, dim.as_int()));
}

/// A second operand that is a matrix or a tensor.
template <typename F>
Outputs with_operand(const GoldenCall& call, F&& function) {
  const at::Tensor dense = call.tensor(size_t{1});
  return dense.defined() ? result(function(call.sparse(0), dense)) : result(function(call.sparse(0), call.sparse(1)));
}

Outputs matmul_case(const GoldenCall& call) {
  const std::string reduce = call.text("reduce", "sum");
  const at::Tensor x = call.tensor(size_t{1});
  return x.defined() ? one(matmul(call.sparse(0), x, reduce)) : result(matmul(call.sparse(0), call.sparse(1), reduce));
}

double real(const GoldenCall& call, size_t position) { return call.literal(position).as_double(); }

using Run = Outputs (*)(const GoldenCall& call);
struct Case {
  const char* name;
  Run run;
};

/// Members of SparseTensor: a line each.
constexpr Case members[] = {
    {"init", init},
    {"storage", storage},
    {"getitem", getitem},
    {"bandwidth", bandwidth},
    {"density", density},
    {"coalesce", [](const GoldenCall& c) { return matrix(c.sparse(0).coalesce(c.text("reduce", "sum"))); }},
    {"csr", [](const GoldenCall& c) { return csx("rowptr", "col", "value", c.sparse(0).csr()); }},
    {"csc", [](const GoldenCall& c) { return csx("colptr", "row", "value", c.sparse(0).csc()); }},
    {"eye", eye_matrix},
    {"fill_value", [](const GoldenCall& c) { return matrix(c.sparse(0).fill_value(real(c, 1), default_dtype)); }},
    {"from_dense", [](const GoldenCall& c) { return matrix(SparseTensor::from_dense(c.tensor(size_t{0}))); }},
    {"from_edge_index",
     [](const GoldenCall& c) {
       return matrix(SparseTensor::from_edge_index(c.tensor(size_t{0}), c.tensor(size_t{1}), given_sizes(c)));
     }},
    {"from_torch_sparse_coo_tensor", from_torch_coo},
    {"index_select",
     [](const GoldenCall& c) { return matrix(c.sparse(0).index_select(c.integer(size_t{1}), c.tensor(size_t{2}))); }},
    {"index_select_nnz",
     [](const GoldenCall& c) { return matrix(c.sparse(0).index_select_nnz(c.tensor(size_t{1}), c.layout())); }},
    {"is_coalesced", [](const GoldenCall& c) { return truth(c.sparse(0).is_coalesced()); }},
    {"is_symmetric", [](const GoldenCall& c) { return truth(c.sparse(0).is_symmetric()); }},
    {"masked_select",
     [](const GoldenCall& c) { return matrix(c.sparse(0).masked_select(c.integer(size_t{1}), c.tensor(size_t{2}))); }},
    {"masked_select_nnz",
     [](const GoldenCall& c) { return matrix(c.sparse(0).masked_select_nnz(c.tensor(size_t{1}), c.layout())); }},
    {"sum", [](const GoldenCall& c) { return reduce_by(c, Reduce::sum); }},
    {"mean", [](const GoldenCall& c) { return reduce_by(c, Reduce::mean); }},
    {"min", [](const GoldenCall& c) { return reduce_by(c, Reduce::min); }},
    {"max", [](const GoldenCall& c) { return reduce_by(c, Reduce::max); }},
    {"narrow",
     [](const GoldenCall& c) {
       return matrix(c.sparse(0).narrow(c.integer(size_t{1}), c.integer(size_t{2}), c.integer(size_t{3})));
     }},
    {"narrow_diag", narrow_diag},
    {"permute", [](const GoldenCall& c) { return matrix(c.sparse(0).permute(c.tensor(size_t{1}))); }},
    {"select",
     [](const GoldenCall& c) { return matrix(c.sparse(0).select(c.integer(size_t{1}), c.integer(size_t{2}))); }},
    {"set_value", [](const GoldenCall& c) { return matrix(c.sparse(0).set_value(c.tensor(size_t{1}), c.layout())); }},
    {"sparse_reshape",
     [](const GoldenCall& c) {
       return matrix(c.sparse(0).sparse_reshape(c.integer(size_t{1}), c.integer(size_t{2})));
     }},
    {"sparse_resize",
     [](const GoldenCall& c) {
       const auto sizes = given_sizes(c);
       return matrix(c.sparse(0).sparse_resize({sizes[0].value(), sizes[1].value()}));
     }},
    {"spmm", matmul_case},
    {"matmul", matmul_case},
    {"spspmm", matmul_case},
    {"t", [](const GoldenCall& c) { return matrix(c.sparse(0).t()); }},
    {"to_dense", [](const GoldenCall& c) { return one(c.sparse(0).to_dense(default_dtype)); }},
    {"to_symmetric", [](const GoldenCall& c) { return matrix(c.sparse(0).to_symmetric(c.text("reduce", "sum"))); }},
    {"to_torch_sparse_csr_tensor", torch_csr},
    {"to_torch_sparse_csc_tensor", torch_csc},
    {"type", [](const GoldenCall& c) { return matrix(c.sparse(0).type(at::kFloat)); }},
};

/// Functions: a line each.
constexpr Case functions[] = {
    {"add",
     [](const GoldenCall& c) { return with_operand(c, [](const auto& a, const auto& b) { return add(a, b); }); }},
    {"mul",
     [](const GoldenCall& c) { return with_operand(c, [](const auto& a, const auto& b) { return mul(a, b); }); }},
    {"add_nnz", [](const GoldenCall& c) { return result(c.sparse(0).add_nnz(c.tensor(size_t{1}), c.layout())); }},
    {"mul_nnz", [](const GoldenCall& c) { return result(c.sparse(0).mul_nnz(c.tensor(size_t{1}), c.layout())); }},
    {"cat", cat_matrices},
    {"coalesce",
     [](const GoldenCall& c) {
       return index_value(coalesce(c.tensor(size_t{0}), c.tensor(size_t{1}), c.integer(size_t{2}), c.integer(size_t{3}),
                                   c.text("op", "add")));
     }},
    {"transpose",
     [](const GoldenCall& c) {
       return index_value(
           transpose(c.tensor(size_t{0}), c.tensor(size_t{1}), c.integer(size_t{2}), c.integer(size_t{3})));
     }},
    {"eye", [](const GoldenCall& c) { return index_value(eye(c.integer(size_t{0}), default_dtype)); }},
    {"spadd",
     [](const GoldenCall& c) {
       return index_value(spadd(c.tensor(size_t{0}), c.tensor(size_t{1}), c.tensor(size_t{2}), c.tensor(size_t{3}),
                                c.integer(size_t{4}), c.integer(size_t{5})));
     }},
    {"spmm",
     [](const GoldenCall& c) {
       return one(spmm(c.tensor(size_t{0}), c.tensor(size_t{1}), c.integer(size_t{2}), c.integer(size_t{3}),
                       c.tensor(size_t{4})));
     }},
    {"spspmm",
     [](const GoldenCall& c) {
       return index_value(spspmm(c.tensor(size_t{0}), c.tensor(size_t{1}), c.tensor(size_t{2}), c.tensor(size_t{3}),
                                 c.integer(size_t{4}), c.integer(size_t{5}), c.integer(size_t{6}),
                                 c.flag("coalesced")));
     }},
    {"matmul", matmul_case},
    {"remove_diag", [](const GoldenCall& c) { return matrix(c.sparse(0).remove_diag(c.integer("k", 0))); }},
    {"set_diag",
     [](const GoldenCall& c) { return matrix(c.sparse(0).set_diag(c.tensor(size_t{1}), c.integer("k", 0))); }},
    {"fill_diag", [](const GoldenCall& c) { return matrix(c.sparse(0).fill_diag(real(c, 1), c.integer("k", 0))); }},
    {"get_diag", [](const GoldenCall& c) { return one(c.sparse(0).get_diag(default_dtype)); }},
    {"ind2ptr", [](const GoldenCall& c) { return one(op::ind2ptr(c.tensor(size_t{0}), c.integer(size_t{1}))); }},
    {"ptr2ind", [](const GoldenCall& c) { return one(op::ptr2ind(c.tensor(size_t{0}), c.integer(size_t{1}))); }},
};

}  // namespace

std::vector<golden::Function> sparse_golden_functions() {
  std::vector<golden::Function> list;
  const auto add_case = [&](const std::string& name, Run run) {
    list.push_back({"sparse/" + name, [run](const golden::Call& call) { return run(GoldenCall(call)); }});
  };
  for (const Case& member : members) add_case(std::string("SparseTensor.") + member.name, member.run);
  for (const Case& function : functions) add_case(function.name, function.run);
  return list;
}

}  // namespace spinel::sparse
