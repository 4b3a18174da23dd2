#include "spinel/nn/conv/lifted.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/edge_terms.h"

namespace spinel::nn {

Lifted::Lifted(at::Tensor nodes, const MessageEdges& edges, End end, int64_t dim) {
  if (!nodes.defined()) return;
  const int64_t from_start = dim < 0 ? dim + nodes.dim() : dim;
  state_ = std::make_shared<const State>(State{std::move(nodes), edges, end, from_start, {}});
}

Lifted::Lifted(at::Tensor gathered) {
  if (gathered.defined()) state_ = std::make_shared<const State>(State{{}, {}, End::j, 0, std::move(gathered)});
}

const at::Tensor& Lifted::nodes() const {
  static const at::Tensor none;
  return state_ ? state_->nodes : none;
}

const at::Tensor& Lifted::tensor() const {
  static const at::Tensor none;
  if (!state_) return none;
  if (!state_->gathered.defined()) {
    state_->gathered = state_->edges.lift(state_->nodes, state_->end, state_->dim);
  }
  return state_->gathered;
}

at::Tensor operator+(const Lifted& a, const Lifted& b) { return a.tensor() + b.tensor(); }
at::Tensor operator-(const Lifted& a, const Lifted& b) { return a.tensor() - b.tensor(); }
at::Tensor operator*(const Lifted& a, const Lifted& b) { return a.tensor() * b.tensor(); }

Message weighted(const at::Tensor& weight, const Lifted& x) {
  if (!weight.defined()) return x;
  const int64_t behind = x.nodes().defined() ? x.nodes().dim() - x.dim() - 1 : 1;
  std::vector<int64_t> shape(static_cast<size_t>(behind) + 1, 1);
  shape[0] = weight.size(0);
  return weight.view(shape) * x;
}

Message::Message(EdgeTerms terms) : terms_(std::make_shared<const EdgeTerms>(std::move(terms))) {}

at::Tensor Message::tensor() const {
  if (terms_) return terms_->tensor();
  if (lifted_.defined()) return weight_.defined() ? weight_ * lifted_.tensor() : lifted_.tensor();
  require(parts_.size() == 1, "message: it has {} parts; an aggregate() of the class is needed for several",
          parts_.size());
  return parts_[0];
}

std::vector<at::Tensor> Message::parts() const {
  return lifted_.defined() || terms_ ? std::vector<at::Tensor>{tensor()} : parts_;
}

std::optional<EdgeTerms> Message::terms() const {
  if (terms_) return *terms_;
  if (!lifted_.defined() || weight_.defined()) return std::nullopt;
  EdgeTerms terms;
  (lifted_.end() == End::i ? terms.target : terms.source) = lifted_;
  return terms;
}

namespace {

/// `weight` with these sizes, which it has but for dimensions of size 1. Of a view the tensor that it was made of where
/// that has them: what is remembered of a tensor serves the next call, and a view is another one each time.
at::Tensor without_ones(const at::Tensor& weight, at::IntArrayRef sizes) {
  if (weight.is_view()) {
    const at::Tensor base(weight._base());
    bool same = base.sizes() == sizes && base.const_data_ptr() == weight.const_data_ptr();
    for (size_t d = 0; same && d < sizes.size(); ++d) {
      same = base.stride(static_cast<int64_t>(d)) == weight.stride(static_cast<int64_t>(d));
    }
    if (same) return base;
  }
  return weight.reshape(sizes);
}

}  // namespace

std::optional<Message::Product> Message::product() const {
  if (!lifted_.defined() || !lifted_.nodes().defined() || lifted_.end() != End::j) return std::nullopt;
  const at::Tensor& x = lifted_.nodes();
  const int64_t edges = lifted_.edges().count(), dim = lifted_.dim();
  const bool is_plain = (x.dim() == 2 && dim == 0) || (x.dim() == 3 && dim == 1);
  const bool is_headed = x.dim() == 3 && dim == 0;
  if (!is_plain && !is_headed) return std::nullopt;
  if (!weight_.defined()) return Product{lifted_, {}};
  const at::Tensor& w = weight_;
  if (w.scalar_type() != x.scalar_type()) return std::nullopt;
  if (is_plain && w.sizes() == at::IntArrayRef{edges, 1}) return Product{lifted_, without_ones(w, {edges})};
  if (is_headed && w.sizes() == at::IntArrayRef{edges, x.size(1), 1})
    return Product{lifted_, without_ones(w, {edges, x.size(1)})};
  if (is_headed && w.sizes() == at::IntArrayRef{edges, 1, 1}) return Product{lifted_, without_ones(w, {edges})};
  return std::nullopt;
}

}  // namespace spinel::nn
