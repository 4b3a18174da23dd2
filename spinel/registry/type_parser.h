// Reads types and alias marks of schemas.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spinel/registry/function_schema.h"
#include "spinel/registry/lexer.h"
#include "spinel/registry/schema_parser.h"

namespace spinel::registry::inline v1 {

/// A type with the alias marks on it.
struct MarkedType {
  Type type;
  std::shared_ptr<const AliasInfo> alias;  ///< null: none
};

/// Reads the types of one schema.
class TypeParser {
 public:
  TypeParser(Lexer& lexer, const SchemaContext& context) : lexer_(lexer), context_(context) {}

  MarkedType parse();
  /// `!`, `(a!)`, `(a|b -> *)`, or nothing.
  std::shared_ptr<const AliasInfo> parse_alias();

  /// A list's marks: its own, and those of its elements within.
  static std::shared_ptr<const AliasInfo> contain(std::shared_ptr<const AliasInfo> list,
                                                  std::shared_ptr<const AliasInfo> element);

 private:
  MarkedType parse_base();
  Type parse_tuple();
  Type parse_union();
  Type parse_dict();
  Type parse_class();
  Type parse_simple();
  std::vector<std::string> parse_alias_set();
  std::shared_ptr<const AliasInfo> parse_letter_alias();
  template <typename Make>
  Type checked(const Token& token, const Make& make);

  Lexer& lexer_;
  const SchemaContext& context_;
  int depth_ = 0;
  int fresh_sets_ = 0;  ///< how many names `$0`, `$1`, … bare `!` has taken
};

}  // namespace spinel::registry::inline v1
