#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <sstream>
#include <unordered_map>

#include "spinel/base/config.h"
#include "spinel/base/config_text.h"
#include "spinel/base/error.h"
#include "spinel/base/utf8.h"

namespace spinel {
namespace {

constexpr size_t max_yaml_nodes = 100'000;

bool one_of(std::string_view text, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

/// A plain scalar by the YAML 1.2 core schema (section 10.3.2).
Config plain_scalar(const std::string& text, const std::string& where) {
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) return Config();
  if (one_of(text, {"true", "True", "TRUE"})) return true;
  if (one_of(text, {"false", "False", "FALSE"})) return false;
  if (one_of(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  const std::string_view unsigned_part = std::string_view(text).substr(one_of(text.substr(0, 1), {"+", "-"}) ? 1 : 0);
  if (one_of(unsigned_part, {".inf", ".Inf", ".INF"})) {
    const double infinity = std::numeric_limits<double>::infinity();
    return text.front() == '-' ? -infinity : infinity;
  }
  const int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 10;
  if (base != 10) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, base);
    if (end != text.data() + text.size() || text.size() == 2) return text;
    if (error != std::errc() || value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      fail(ErrorKind::invalid_argument, "{}: the integer {} is too large; at most 2^63-1 fits", where, text);
    }
    return static_cast<int64_t>(value);
  }
  const Config number = config_text::parse_number(text, where);
  return number.is_null() ? Config(text) : number;
}

/// Builds the tree from yaml-cpp's events, so that a tag or an anchor to itself is refused before anything is made.
class YamlHandler : public YAML::EventHandler {
 public:
  explicit YamlHandler(std::string_view name) : tree(name, max_yaml_nodes) {}

  void OnDocumentStart(const YAML::Mark& mark) override { at(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { scalar(mark, Config(), "", anchor); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    at(mark);
    // yaml-cpp gives plain scalars the tag "?" and quoted ones "!".
    if (tag != "!") check_tag(tag);
    if (tree.wants_key()) {
      tree.key(text);
    } else {
      scalar(mark, tag == "!" ? Config(text) : plain_scalar(text, tree.where()), text, anchor);
    }
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    at(mark);
    if (tree.wants_key()) tree.fail_here("an alias stands as a key; a key is a plain or quoted text");
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) tree.fail_here("the alias refers to a value that contains it");
    tree.copy_of(found->second);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor);
    tree.begin_list();
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor);
    tree.begin_map();
  }
  void OnMapEnd() override { end(); }

  config_text::TreeBuilder tree;

 private:
  void at(const YAML::Mark& mark) { tree.set_line(mark.line + 1); }

  void check_tag(const std::string& tag) const {
    if (!tag.empty() && tag != "?") tree.fail_here(format("the tag '{}' is not supported; leave it out", tag));
  }

  void scalar(const YAML::Mark& mark, Config value, const std::string& text, YAML::anchor_t anchor) {
    at(mark);
    if (tree.wants_key()) {
      tree.key(text);
      return;
    }
    tree.scalar(std::move(value));
    remember(anchor);
  }

  void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    at(mark);
    if (tag != "!") check_tag(tag);
    if (tree.wants_key()) tree.fail_here("a map or list stands as a key; a key is a plain or quoted text");
    open_anchors_.push_back(anchor);
  }

  void end() {
    tree.end();
    remember(open_anchors_.back());
    open_anchors_.pop_back();
  }

  void remember(YAML::anchor_t anchor) {
    if (!anchor) return;
    // The copy kept for aliases counts too: nested anchors would otherwise hold each level once more.
    tree.count(config_text::count_nodes(tree.last()));
    anchors_.insert_or_assign(anchor, tree.last());
  }

  std::unordered_map<YAML::anchor_t, Config> anchors_;
  std::vector<YAML::anchor_t> open_anchors_;
};

/// What yaml-cpp takes in silence: bytes that are not UTF-8, control characters (its end-of-file mark is one), and
/// tabs that indent. A text block whose lines begin with a tab after spaces is refused too; quote it instead.
void check_characters(std::string_view text, config_text::TreeBuilder& tree) {
  const size_t invalid = find_invalid_utf8(text);
  int line = 1;
  bool indenting = true;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    tree.set_line(line);
    if (i == invalid) tree.fail_here(format("byte 0x{:02x} is not UTF-8", static_cast<uint8_t>(c)));
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') {
      tree.fail_here(format("the control character 0x{:02x} stands in the text", static_cast<int>(c)));
    }
    if (c == '\t' && indenting) {
      const size_t next = text.find_first_not_of(" \t\r", i);
      const bool blank = next == std::string_view::npos || text[next] == '\n' || text[next] == '#';
      if (!blank) tree.fail_here("a tab indents the line; indent with spaces");
    }
    indenting = c == '\n' || (indenting && (c == ' ' || c == '\t'));
    line += c == '\n';
  }
}

}  // namespace

Config parse_yaml(std::string_view text, std::string_view name) {
  YamlHandler handler(name);
  check_characters(text, handler.tree);
  handler.tree.set_line(1);
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(handler);
    if (parser.HandleNextDocument(handler)) handler.tree.fail_here("a second document begins; one is read");
  } catch (const YAML::Exception& error) {
    handler.tree.set_line(error.mark.line + 1);
    handler.tree.fail_here(format("not YAML: {}", error.msg));
  }
  return handler.tree.take_root();
}

}  // namespace spinel
