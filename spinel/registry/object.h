// Makes and uses instances of custom classes by name, as a host's language does.
#pragma once

#include <span>
#include <string_view>

#include "spinel/registry/binder.h"
#include "spinel/registry/custom_class.h"

namespace spinel::registry::inline v1 {

/// The class "ns.Name". There is none: unknown_class.
intrusive_ptr<const CustomClass> find_class_or_throw(std::string_view name);

/// `Name(*args, **kwargs)`: a new object whose __init__ ran. A class without constructor: unknown_attribute.
Value make_object(const intrusive_ptr<const CustomClass>& custom_class, std::span<const Value> positional = {},
                  const Keywords& keywords = {});
/// `object.method(*args, **kwargs)`, bound as operators are, with the object first.
Value call_method(const Value& object, std::string_view method, std::span<const Value> positional = {},
                  const Keywords& keywords = {});
/// `Name.method(*args, **kwargs)`
Value call_static_method(const CustomClass& custom_class, std::string_view method,
                         std::span<const Value> positional = {}, const Keywords& keywords = {});
/// `object.name` and `object.name = value`. Unknown or read-only: unknown_attribute.
Value get_attribute(const Value& object, std::string_view name);
void set_attribute(const Value& object, std::string_view name, const Value& value);
/// A new object from the state of this one: __getstate__, __setstate__.
Value copy_object(const Value& object);

}  // namespace spinel::registry::inline v1
