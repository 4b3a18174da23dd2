// The declared options of a struct whose type is not known: what OptionTable stands on, so that its templates are thin.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "spinel/base/config.h"

namespace spinel {

/// What help texts and documentation print of one option.
struct OptionDoc {
  std::string name;
  std::string type;           ///< "int", "float", "bool", "string", "list of int", "object"
  std::string default_value;  ///< as JSON; empty: required
  std::string unit;           ///< "Å", "eV", …; may be empty
  std::string text;
};

class OptionList;

/// A member of a struct: where it lies and how its type is read and written.
struct OptionMember {
  size_t offset = 0;                             ///< in bytes from the beginning of the struct
  void (*read)(const Config&, void*) = nullptr;  ///< null: a struct of options, which `table` reads
  Config (*write)(const void*) = nullptr;
  std::shared_ptr<const OptionList> table;
};

/// The options of one component. `options` below is the address of the struct that the members' offsets belong to.
class OptionList {
 public:
  explicit OptionList(std::string component);
  OptionList(const OptionList& other);
  OptionList(OptionList&& other) noexcept;
  OptionList& operator=(const OptionList& other);
  OptionList& operator=(OptionList&& other) noexcept;
  ~OptionList();

  const std::string& component() const { return component_; }
  /// `defaults`: a struct with default values, from which the default in the documentation is taken.
  void add(OptionDoc doc, OptionMember member, const void* defaults);
  /// Those of a struct that lies at `offset` of this one.
  void include(const OptionList& other, size_t offset);
  void set_required();
  /// Of the option added last: a number, or list of numbers, in [lowest, highest]; `open`: greater than lowest.
  void set_range(double lowest, double highest, bool open);
  /// Of the option added last: one of these strings.
  void set_choices(std::vector<std::string> names);

  /// Overwrites the members named by the keys of `arguments`; errors as OptionTable::parse.
  void parse(const Config& arguments, void* options) const;
  Config complete(const void* options) const;
  std::vector<OptionDoc> docs() const;

 private:
  struct Option {
    OptionDoc doc;
    OptionMember member;
    bool required = false;
    std::function<void(const Config&)> check;  ///< of the written value
  };
  void check_keys(const Config& arguments, const std::string& start) const;

  std::string component_;
  std::vector<Option> options_;
};

}  // namespace spinel
