#include "spinel/nn/models/jumping_knowledge.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel::nn {

JumpingKnowledge::JumpingKnowledge(std::string mode, int64_t channels, int64_t num_layers) : mode_(std::move(mode)) {
  std::transform(mode_.begin(), mode_.end(), mode_.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::vector<std::string> modes{"cat", "max", "lstm"};
  if (std::find(modes.begin(), modes.end(), mode_) == modes.end()) {
    fail(ErrorKind::invalid_argument, "JumpingKnowledge: there is no mode '{}'{}", mode_, suggestion(mode_, modes));
  }
  if (mode_ != "lstm") return;
  require(channels >= 1 && num_layers >= 1,
          "JumpingKnowledge: lstm has channels {} and num_layers {}; both must be at least 1", channels, num_layers);
  const int64_t hidden = num_layers * channels / 2;
  require(hidden >= 1, "JumpingKnowledge: lstm of {} layers with {} channels has no width; more of them are needed",
          num_layers, channels);
  lstm_ = std::make_unique<LSTM>(channels, hidden, RecurrentOptions{.bidirectional = true});
  att_ = std::make_unique<Linear>(2 * hidden, 1);
  add_child("lstm", *lstm_);
  add_child("att", *att_);
}

at::Tensor JumpingKnowledge::forward(std::span<const at::Tensor> xs) {
  require(!xs.empty(), "JumpingKnowledge: there is no layer; one tensor a layer is needed");
  for (const at::Tensor& x : xs) {
    require(x.dim() == xs.front().dim() && x.size(0) == xs.front().size(0) &&
                (mode_ == "cat" || x.sizes() == xs.front().sizes()),
            "JumpingKnowledge: a layer has the sizes [{}] but the first [{}]; the same are needed",
            join_text(x.sizes(), ", "), join_text(xs.front().sizes(), ", "));
  }
  const std::vector<at::Tensor> layers(xs.begin(), xs.end());
  if (mode_ == "cat") return at::cat(layers, -1);
  const at::Tensor stacked = at::stack(layers, 1);
  if (mode_ == "max") return std::get<0>(stacked.max(1));
  const at::Tensor alpha = att_->forward(lstm_->forward(stacked)).squeeze(-1).softmax(-1);
  return (stacked * alpha.unsqueeze(-1)).sum(1);
}

}  // namespace spinel::nn
