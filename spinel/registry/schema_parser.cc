#include "spinel/registry/schema_parser.h"

#include <algorithm>
#include <limits>

#include "spinel/base/format.h"
#include "spinel/registry/default_parser.h"
#include "spinel/registry/lexer.h"
#include "spinel/registry/type_parser.h"

namespace spinel::registry::inline v1 {
namespace {

/// Recursive descent over one declaration.
class SchemaParser {
 public:
  SchemaParser(std::string_view text, const SchemaContext& context) : lexer_(text), types_(lexer_, context) {}

  /// The name; whether arguments and returns follow it, which `schema` then holds.
  bool parse(FunctionSchema& schema) {
    schema.name = parse_name();
    const bool whole = lexer_.at('(');
    if (whole) {
      parse_arguments(schema);
      lexer_.expect(TokenKind::arrow);
      parse_returns(schema);
    }
    parse_end();
    return whole;
  }

  Type parse_type_alone() {
    const Type type = types_.parse().type;
    parse_end();
    return type;
  }

  [[noreturn]] void fail_name_only() const {
    lexer_.fail(SchemaErrorKind::name_only, lexer_.current(),
                "there is a name only; (arguments) -> returns must follow");
  }

 private:
  OperatorName parse_name() {
    OperatorName result;
    result.name = lexer_.text(lexer_.expect(TokenKind::identifier));
    if (lexer_.accept(':')) {
      lexer_.expect(':');
      result.name += "::";
      result.name += lexer_.text(lexer_.expect(TokenKind::identifier));
    }
    if (!lexer_.accept('.')) return result;
    const Token overload = lexer_.expect(TokenKind::identifier);
    result.overload = lexer_.text(overload);
    if (result.overload == "default" || result.overload.starts_with("__")) {
      lexer_.fail(SchemaErrorKind::overload_name, overload,
                  format("an overload cannot be named {}; 'default' and names from '__' on are reserved",
                         in_quotes(result.overload)));
    }
    return result;
  }

  void parse_arguments(FunctionSchema& schema) {
    bool kwarg_only = false, seen_default = false;
    lexer_.expect('(');
    // Few schemas have commas elsewhere, so this is most often the right number.
    const auto commas = std::count(lexer_.source().begin(), lexer_.source().end(), ',');
    schema.arguments.reserve(static_cast<size_t>(std::min<ptrdiff_t>(commas + 1, 64)));
    if (!lexer_.at(')')) {
      do {
        if (schema.is_vararg) fail_vararg("... must be the last of the arguments");
        if (lexer_.accept('*')) {
          kwarg_only = true;
        } else if (lexer_.accept(TokenKind::dots)) {
          schema.is_vararg = true;
        } else {
          const Token begin = lexer_.current();
          Argument& argument = schema.arguments.emplace_back();
          argument.kwarg_only = kwarg_only;
          parse_argument(argument);
          if (argument.default_value) seen_default = true;
          else if (seen_default && !may_follow_default(argument) && !late_) late_ = begin;
        }
      } while (lexer_.accept(','));
    }
    lexer_.expect(')');
    if (schema.is_vararg && seen_default) fail_vararg("arguments cannot have defaults where there is ...");
  }

  void parse_returns(FunctionSchema& schema) {
    if (lexer_.accept(TokenKind::dots)) {
      schema.is_varret = true;
    } else if (!lexer_.accept('(')) {
      parse_return(schema.returns.emplace_back());
    } else {
      if (!lexer_.at(')')) {
        do {
          if (schema.is_varret) fail_vararg("... must be the last of the returns");
          if (lexer_.accept(TokenKind::dots)) schema.is_varret = true;
          else parse_return(schema.returns.emplace_back());
        } while (lexer_.accept(','));
      }
      lexer_.expect(')');
    }
    if (late_) {
      lexer_.fail(SchemaErrorKind::default_order, *late_,
                  "an argument without default follows one with; make it keyword-only or give it a default");
    }
  }

  /// The reference lets lists stand without default anywhere.
  static bool may_follow_default(const Argument& argument) {
    return argument.kwarg_only || argument.type.kind() == TypeKind::list;
  }

  void parse_argument(Argument& argument) {
    parse_sized_type(argument);
    argument.name = lexer_.text(lexer_.expect(TokenKind::identifier));
    if (lexer_.accept('=')) argument.default_value = parse_default(lexer_, argument.type, argument.size);
  }

  void parse_return(Argument& result) {
    parse_sized_type(result);
    if (lexer_.current().kind == TokenKind::identifier) result.name = lexer_.text(lexer_.next());
  }

  /// A type, with `[N]` and what may follow that.
  void parse_sized_type(Argument& argument) {
    MarkedType marked = types_.parse();
    if (lexer_.accept('[')) {
      const Token number = lexer_.expect(TokenKind::number);
      const int64_t size = parse_integer(lexer_, number, false);
      if (size > std::numeric_limits<int32_t>::max()) {
        lexer_.fail(SchemaErrorKind::bad_default, number, format("the size {} is out of the range of int32", size));
      }
      lexer_.expect(']');
      argument.size = static_cast<int32_t>(size);
      marked.type = Type::list(marked.type);
      marked.alias = TypeParser::contain(types_.parse_alias(), std::move(marked.alias));
      if (lexer_.accept('?')) marked.type = Type::optional(marked.type);
    }
    argument.type = std::move(marked.type);
    argument.alias = std::move(marked.alias);
  }

  void parse_end() {
    lexer_.accept(TokenKind::newline);
    lexer_.expect(TokenKind::end);
  }

  [[noreturn]] void fail_vararg(std::string_view reason) const {
    lexer_.fail(SchemaErrorKind::vararg, lexer_.current(), reason);
  }

  Lexer lexer_;
  TypeParser types_;
  std::optional<Token> late_;  ///< the first positional argument without default after one with
};

}  // namespace

FunctionSchema parse_schema(std::string_view text, const SchemaContext& context) {
  SchemaParser parser(text, context);
  FunctionSchema schema;
  if (!parser.parse(schema)) parser.fail_name_only();
  return schema;
}

std::variant<OperatorName, FunctionSchema> parse_schema_or_name(std::string_view text, const SchemaContext& context) {
  SchemaParser parser(text, context);
  FunctionSchema schema;
  if (!parser.parse(schema)) return std::move(schema.name);
  return schema;
}

Type parse_type(std::string_view text, const SchemaContext& context) {
  return SchemaParser(text, context).parse_type_alone();
}

}  // namespace spinel::registry::inline v1
