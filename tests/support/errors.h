// What tests need to look at an expected Error.
#pragma once

#include <string>

#include "spinel/base/error.h"

namespace spinel {

/// The Error that `action` throws; where it throws none, one that says so.
template <typename Action>
Error error_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::internal, "no error was thrown");
}

}  // namespace spinel
