// Features at one end of every edge, gathered only when someone looks at them, and messages made of them.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <vector>

#include "spinel/nn/conv/message_edges.h"

namespace spinel::nn {

/// x_i or x_j of a message: stands for the tensor [.., E, ..] and turns into it where one is needed. A message that is
/// x_j, or x_j times a number for each edge, is aggregated without it (Message). Copies share the gathered tensor.
class Lifted {
 public:
  /// None: the propagate call had no such features.
  Lifted() = default;
  /// nodes [.., N, ..] along `dim` (from the end where negative).
  Lifted(at::Tensor nodes, const MessageEdges& edges, End end, int64_t dim);
  /// A tensor that lies along the edges already.
  explicit Lifted(at::Tensor gathered);

  bool defined() const { return state_ != nullptr; }
  const at::Tensor& tensor() const;
  operator const at::Tensor&() const { return tensor(); }
  const at::Tensor& operator*() const { return tensor(); }
  const at::Tensor* operator->() const { return &tensor(); }

  /// The features of the nodes; undefined where they were given along the edges, or not at all.
  const at::Tensor& nodes() const;
  /// Of features of nodes alone.
  const MessageEdges& edges() const { return state_->edges; }
  End end() const { return state_->end; }
  int64_t dim() const { return state_->dim; }

 private:
  struct State {
    at::Tensor nodes;
    MessageEdges edges;
    End end = End::j;
    int64_t dim = 0;  ///< from 0
    mutable at::Tensor gathered;
  };
  std::shared_ptr<const State> state_;
};

at::Tensor operator+(const Lifted& a, const Lifted& b);
at::Tensor operator-(const Lifted& a, const Lifted& b);
at::Tensor operator*(const Lifted& a, const Lifted& b);

struct EdgeTerms;

/// What message() returns: a tensor [.., E, ..], several of them for an aggregate() of one's own; or what need not be
/// made for every edge: features of the sources, with a weight for each edge or without, and functions of sums
/// (edge_terms.h).
class Message {
 public:
  Message(at::Tensor tensor) : parts_{std::move(tensor)} {}
  Message(std::vector<at::Tensor> parts) : parts_(std::move(parts)) {}
  Message(const Lifted& copy) : lifted_(copy) {}
  Message(at::Tensor weight, const Lifted& x) : lifted_(x), weight_(std::move(weight)) {}
  Message(EdgeTerms terms);

  /// The message as a tensor; of several parts: invalid_argument.
  at::Tensor tensor() const;
  /// All parts.
  std::vector<at::Tensor> parts() const;

  /// x and weight of the message weight · x_j as MessageEdges::product() takes them.
  struct Product {
    Lifted x;
    at::Tensor weight;  ///< [E], [E, heads] or undefined
  };
  /// Absent where the message is something else.
  std::optional<Product> product() const;
  /// The message as a function of a sum: one that was made so, or a copy of x_j. Absent where it is something else.
  std::optional<EdgeTerms> terms() const;

 private:
  std::vector<at::Tensor> parts_;
  Lifted lifted_;
  at::Tensor weight_;
  std::shared_ptr<const EdgeTerms> terms_;
};

/// weight broadcasts over the features: [E, 1] of x_j [E, F], [E, H, 1] of x_j [E, H, C]. Other shapes multiply as
/// tensors do.
inline Message operator*(const at::Tensor& weight, const Lifted& x) { return {weight, x}; }
inline Message operator*(const Lifted& x, const at::Tensor& weight) { return {weight, x}; }

/// weight [E] times x_j, whatever comes behind the nodes in x; an undefined weight is 1.
Message weighted(const at::Tensor& weight, const Lifted& x);

}  // namespace spinel::nn
