#include "spinel/graph/groups.h"

#include <ATen/ATen.h>

#include <mutex>

#include "spinel/base/error.h"
#include "spinel/sparse/operators.h"

namespace spinel::graph {

/// What is known at first is set before the object is shared; the rest is derived under the mutex.
struct Groups::State {
  int64_t size = 0, num_elements = 0;
  bool is_sorted = true;
  std::mutex mutex;
  at::Tensor index, ptr, perm, count;
  std::optional<int64_t> max_count;

  /// `tensor`, made by `make` where it is not there. The mutex is held while it is made.
  template <typename F>
  at::Tensor get(at::Tensor& tensor, F&& make) {
    const std::lock_guard lock(mutex);
    if (!tensor.defined()) make();
    return tensor;
  }
  void make_ptr() {
    if (is_sorted) ptr = sparse::op::ind2ptr(index, size);
    else std::tie(ptr, perm) = sparse::op::index_sort(index, size);
  }
};

namespace {

at::Tensor integers(const at::Tensor& tensor, std::string_view owner) {
  require(tensor.defined() && at::isIntegralType(tensor.scalar_type(), /*includeBool=*/false),
          "{}: its type is {}; integers are needed", owner,
          tensor.defined() ? at::toString(tensor.scalar_type()) : "None");
  require(tensor.dim() == 1, "{}: it has {} dimensions; one is needed", owner, tensor.dim());
  return tensor.to(at::kLong).contiguous();
}

}  // namespace

Groups::Groups() : Groups(single(0, at::kCPU)) { state_->size = 0, state_->ptr = at::zeros({1}, at::kLong); }

Groups Groups::from_index(const at::Tensor& index, std::optional<int64_t> dim_size, std::string_view owner) {
  auto state = std::make_shared<State>();
  state->index = integers(index, owner);
  state->num_elements = state->index.numel();
  int64_t least = 0, largest = -1;
  if (state->num_elements > 0) {
    // One pass tells the order and the range: [order, least row, largest row, least column, largest column].
    const at::Tensor found = sparse::op::inspect_coo(state->index, state->index).cpu();
    const int64_t* numbers = found.const_data_ptr<int64_t>();
    state->is_sorted = numbers[0] > 0;
    least = numbers[1], largest = numbers[2];
  }
  require(least >= 0, "{}: it holds {}; numbers of groups begin at 0", owner, least);
  state->size = dim_size.value_or(largest + 1);
  require(largest < state->size, "{}: it holds {} but dim_size is {}; that must be at least {}", owner, largest,
          state->size, largest + 1);
  return Groups(std::move(state));
}

Groups Groups::from_ptr(const at::Tensor& ptr, std::string_view owner) {
  auto state = std::make_shared<State>();
  state->ptr = integers(ptr, owner);
  require(state->ptr.numel() > 0, "{}: it is empty; 0 is needed at least", owner);
  state->size = state->ptr.numel() - 1;
  state->num_elements = state->ptr[-1].item<int64_t>();
  return Groups(std::move(state));
}

Groups Groups::single(int64_t num_elements, at::Device device) {
  auto state = std::make_shared<State>();
  state->size = 1;
  state->num_elements = num_elements;
  state->ptr = at::empty({2}, at::kLong);
  state->ptr.mutable_data_ptr<int64_t>()[0] = 0;
  state->ptr.mutable_data_ptr<int64_t>()[1] = num_elements;
  state->ptr = state->ptr.to(device);
  return Groups(std::move(state));
}

int64_t Groups::size() const { return state_->size; }
int64_t Groups::num_elements() const { return state_->num_elements; }
bool Groups::is_sorted() const { return state_->is_sorted; }

at::Tensor Groups::index() const {
  return state_->get(state_->index, [&] { state_->index = sparse::op::ptr2ind(state_->ptr, state_->num_elements); });
}

at::Tensor Groups::ptr() const {
  return state_->get(state_->ptr, [&] { state_->make_ptr(); });
}

at::Tensor Groups::perm() const {
  if (state_->is_sorted) return {};
  return state_->get(state_->perm, [&] { state_->make_ptr(); });
}

at::Tensor Groups::count() const {
  const at::Tensor pointers = ptr();
  return state_->get(state_->count,
                     [&] { state_->count = pointers.narrow(0, 1, size()) - pointers.narrow(0, 0, size()); });
}

int64_t Groups::max_count() const {
  const at::Tensor counts = count();
  const std::lock_guard lock(state_->mutex);
  if (!state_->max_count) state_->max_count = counts.numel() == 0 ? 0 : counts.max().item<int64_t>();
  return *state_->max_count;
}

}  // namespace spinel::graph
