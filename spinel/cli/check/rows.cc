#include "spinel/cli/check/rows.h"

#include <ATen/ATen.h>

#include <cmath>
#include <map>
#include <unordered_map>

#include "spinel/base/format.h"

namespace spinel::check {
namespace {

/// One side of one member as rows of numbers: integers and floats apart, as they are compared differently.
struct Rows {
  int64_t count = 0;
  int64_t width = 0;
  std::vector<int64_t> integers;
  std::vector<double> floats;
  const Config::List* items = nullptr;
};

Rows read_rows(const at::Tensor& tensor, const Config& items, int64_t axis) {
  Rows rows;
  if (!tensor.defined()) {
    rows.items = &items.as_list();
    rows.count = static_cast<int64_t>(rows.items->size());
    return rows;
  }
  const at::Tensor moved = tensor.detach().to(at::kCPU).movedim(axis, 0);
  rows.count = moved.size(0);
  rows.width = rows.count ? moved.numel() / rows.count : 0;
  const auto fill = [&](auto& target, at::ScalarType type) {
    const at::Tensor flat = moved.to(type).contiguous();
    using Value = typename std::remove_reference_t<decltype(target)>::value_type;
    target.assign(flat.const_data_ptr<Value>(), flat.const_data_ptr<Value>() + flat.numel());
  };
  if (tensor.is_floating_point()) fill(rows.floats, at::kDouble);
  else fill(rows.integers, at::kLong);
  return rows;
}

struct Member {
  Rows result, stored;
  bool modulo_one = false;
};

bool row_agrees(const Member& member, int64_t i, int64_t j, Tolerance tolerance) {
  if (member.result.items) {
    return compare_json((*member.result.items)[i], (*member.stored.items)[j], tolerance).ok;
  }
  const int64_t width = member.stored.width;
  for (int64_t c = 0; c < width; ++c) {
    if (!member.stored.floats.empty()) {
      if (!agrees(member.result.floats[i * width + c], member.stored.floats[j * width + c], tolerance,
                  member.modulo_one)) {
        return false;
      }
    } else if (member.result.integers[i * width + c] != member.stored.integers[j * width + c]) {
      return false;
    }
  }
  return true;
}

/// The integer columns of a row as bytes: rows that can match share them, so only those are compared.
std::string integer_key(const std::vector<Member>& members, bool stored, int64_t row) {
  std::string key;
  for (const Member& member : members) {
    const Rows& rows = stored ? member.stored : member.result;
    if (rows.integers.empty()) continue;
    key.append(reinterpret_cast<const char*>(rows.integers.data() + row * rows.width),
               static_cast<size_t>(rows.width) * sizeof(int64_t));
  }
  return key;
}

bool may_be_missing(const Rows& rows, int64_t row, const std::optional<OptionalRows>& optional) {
  if (!optional || optional->column < 0 || optional->column >= rows.width) return false;
  const int64_t at = row * rows.width + optional->column;
  const double value = rows.floats.empty() ? static_cast<double>(rows.integers[at]) : rows.floats[at];
  return std::abs(value) < optional->below;
}

std::string row_text(const std::vector<Member>& members, bool stored, int64_t row) {
  std::string text;
  for (const Member& member : members) {
    const Rows& rows = stored ? member.stored : member.result;
    if (!text.empty()) text += ", ";
    if (rows.items) text += to_json((*rows.items)[row], -1);
    for (int64_t c = 0; c < rows.width && c < 12; ++c) {
      if (c) text += ", ";
      text += rows.floats.empty() ? format("{}", rows.integers[row * rows.width + c])
                                  : format("{:.9g}", rows.floats[row * rows.width + c]);
    }
  }
  return "(" + text + ")";
}

/// Why the two sides cannot be matched at all; "" where they can.
std::string shape_difference(const RowMember& member) {
  const bool tensor = member.stored.defined();
  if (tensor != member.result.defined()) return tensor ? "it is None" : "it is a tensor instead of a list";
  if (!tensor) {
    const bool lists = member.result_items.is_list() && member.stored_items.is_list();
    return lists ? "" : format("it is {} instead of a list of rows", member.result_items.type_name());
  }
  if (member.result.scalar_type() != member.stored.scalar_type()) {
    return format("the dtype is {} instead of {}", c10::toString(member.result.scalar_type()),
                  c10::toString(member.stored.scalar_type()));
  }
  if (member.result.dim() != member.stored.dim() || member.axis >= member.stored.dim()) {
    return format("it has {} axes instead of {}", member.result.dim(), member.stored.dim());
  }
  for (int64_t axis = 0; axis < member.stored.dim(); ++axis) {
    if (axis != member.axis && member.result.size(axis) != member.stored.size(axis)) {
      return format("axis {} has {} entries instead of {}", axis, member.result.size(axis), member.stored.size(axis));
    }
  }
  return "";
}

/// Stored rows in order, by their integer columns.
class Candidates {
 public:
  Candidates(const std::vector<Member>& members, int64_t count) : used_(static_cast<size_t>(count)) {
    for (int64_t j = 0; j < count; ++j) buckets_[integer_key(members, true, j)].rows.push_back(j);
  }

  int64_t take(const std::vector<Member>& members, int64_t i, Tolerance tolerance) {
    const auto found = buckets_.find(integer_key(members, false, i));
    if (found == buckets_.end()) return -1;
    Bucket& bucket = found->second;
    while (bucket.first < bucket.rows.size() && used_[bucket.rows[bucket.first]]) ++bucket.first;
    for (size_t k = bucket.first; k < bucket.rows.size(); ++k) {
      const int64_t j = bucket.rows[k];
      if (used_[j]) continue;
      bool ok = true;
      for (const Member& member : members) ok = ok && row_agrees(member, i, j, tolerance);
      if (!ok) continue;
      used_[j] = true;
      return j;
    }
    return -1;
  }
  bool used(int64_t j) const { return used_[j]; }

 private:
  struct Bucket {
    std::vector<int64_t> rows;
    size_t first = 0;  ///< rows before it are used: in equal order the search is linear
  };
  std::unordered_map<std::string, Bucket> buckets_;
  std::vector<bool> used_;
};

}  // namespace

RowMatch match_rows(const std::vector<RowMember>& given, Tolerance tolerance,
                    const std::optional<OptionalRows>& optional) {
  RowMatch match;
  std::vector<Member> members;
  for (const RowMember& member : given) {
    const std::string difference = shape_difference(member);
    if (!difference.empty()) return {Comparison::differs(member.name + ": " + difference), {}};
    members.push_back({read_rows(member.result, member.result_items, member.axis),
                       read_rows(member.stored, member.stored_items, member.axis), member.modulo_one});
    const Member& last = members.back();
    if (last.result.count != members.front().result.count || last.stored.count != members.front().stored.count) {
      return {Comparison::differs(format("{}: it has {} rows but {} has {}", member.name, last.result.count,
                                         given.front().name, members.front().result.count)),
              {}};
    }
  }
  const Rows& results = members.front().result;
  const Rows& stored = members.front().stored;
  Candidates candidates(members, stored.count);
  int64_t surplus = 0;
  int64_t missing = 0;
  std::string text;
  for (int64_t i = 0; i < results.count; ++i) {
    match.stored_of_result.push_back(candidates.take(members, i, tolerance));
    if (match.stored_of_result.back() >= 0 || may_be_missing(results, i, optional)) continue;
    if (surplus++ == 0) text = "row " + std::to_string(i) + " " + row_text(members, false, i) + " is not stored";
  }
  for (int64_t j = 0; j < stored.count; ++j) {
    if (candidates.used(j) || may_be_missing(stored, j, optional)) continue;
    if (missing++ == 0) {
      text += (text.empty() ? "" : "; ") + ("stored row " + std::to_string(j) + " ") + row_text(members, true, j) +
              " is not among the results";
    }
  }
  if (surplus + missing > 0) {
    match.comparison = Comparison::differs(format("{} rows instead of {}, {} surplus, {} missing; {}", results.count,
                                                  stored.count, surplus, missing, text));
  } else {
    match.comparison.text = format("{} rows", results.count);
  }
  return match;
}

}  // namespace spinel::check
