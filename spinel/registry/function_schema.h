// The schema of an operator: its name, arguments with types, defaults and alias marks, returns, canonical text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/registry/constant.h"
#include "spinel/registry/type.h"

namespace spinel::registry::inline v1 {

/// Which memory a value shares with others, and whether it is written: the `(a!)` of `Tensor(a!)`.
struct AliasInfo {
  std::vector<std::string> before;  ///< set names on entry, sorted and unique; "*" is any memory
  std::vector<std::string> after;   ///< the same when the operator returns
  bool is_write = false;
  std::vector<AliasInfo> contained;  ///< of a list, the marks of its elements
  friend bool operator==(const AliasInfo&, const AliasInfo&) = default;
};

/// "ns::name" and overload ("" is the one that Python calls `default`).
struct OperatorName {
  std::string name;
  std::string overload;

  /// "ns" of "ns::name", or "".
  std::string_view name_space() const;
  /// "ns::name.overload".
  std::string to_string() const;
  friend auto operator<=>(const OperatorName&, const OperatorName&) = default;
};

/// One argument or return. Returns have no default, are never keyword-only, and may have no name.
struct Argument {
  std::string name;
  Type type;                    ///< as spelt; `type.bound()` is the one that values are bound as
  std::optional<int32_t> size;  ///< the N of T[N]
  bool kwarg_only = false;
  std::optional<Constant> default_value;
  std::shared_ptr<const AliasInfo> alias;  ///< null: no mark

  bool is_write() const { return alias && alias->is_write; }
  /// `Tensor(a!)? x=None`
  std::string to_string() const;
  friend bool operator==(const Argument& a, const Argument& b);
};

/// A whole schema. Immutable once registered; copying copies the arguments.
struct FunctionSchema {
  OperatorName name;
  std::vector<Argument> arguments;
  std::vector<Argument> returns;
  bool is_vararg = false;  ///< takes further values after its arguments
  bool is_varret = false;

  /// Whether it writes to one of its arguments.
  bool is_mutable() const;
  std::optional<size_t> argument_index(std::string_view argument) const;
  /// The canonical text, `ns::name.overload(args) -> returns`, that parses back to an equal schema. (Texts of
  /// `Tensor!`, of marked optional elements of a list, and of some defaults of another type than their argument's do
  /// not, as in PyTorch.)
  std::string to_string() const;
  friend bool operator==(const FunctionSchema&, const FunctionSchema&) = default;
};

}  // namespace spinel::registry::inline v1
