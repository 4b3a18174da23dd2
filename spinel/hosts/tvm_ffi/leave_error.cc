#include "spinel/hosts/tvm_ffi/leave_error.h"

#include <c10/util/Exception.h>

#include <new>

#include "spinel/registry/operator_error.h"

namespace spinel::hosts::tvm_ffi {
namespace {

using registry::ErrorClass;
using registry::OperatorFailure;

/// Python's binding of arguments fails with TypeError, whereas PyTorch's operators do with RuntimeError.
std::string_view kind_of(const registry::OperatorError& error) {
  if (error.failure() == OperatorFailure::value) return "ValueError";
  if (error.failure() <= OperatorFailure::no_match) return "TypeError";
  return to_string(error.error_class());
}

std::string_view kind_of(const Error& error) {
  if (const auto* failure = dynamic_cast<const registry::OperatorError*>(&error)) return kind_of(*failure);
  if (const auto* failure = dynamic_cast<const registry::CallError*>(&error)) {
    return failure->error_class() == ErrorClass::out_of_memory ? "MemoryError" : to_string(failure->error_class());
  }
  return error.kind() == ErrorKind::invalid_argument ? "ValueError" : "RuntimeError";
}

std::string_view kind_of(const c10::Error& error) {
  if (dynamic_cast<const c10::IndexError*>(&error) != nullptr) return "IndexError";
  if (dynamic_cast<const c10::ValueError*>(&error) != nullptr) return "ValueError";
  if (dynamic_cast<const c10::TypeError*>(&error) != nullptr) return "TypeError";
  if (dynamic_cast<const c10::NotImplementedError*>(&error) != nullptr) return "NotImplementedError";
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ? "MemoryError" : "RuntimeError";
}

}  // namespace

int leave_error(const Runtime& runtime) noexcept {
  try {
    try {
      throw;
    } catch (const Error& error) {
      runtime.set_error(std::string(kind_of(error)).c_str(), error.what());
    } catch (const c10::Error& error) {
      runtime.set_error(std::string(kind_of(error)).c_str(), error.what_without_backtrace());
    } catch (const std::bad_alloc&) {
      runtime.set_error("MemoryError", "there is not enough memory");
    } catch (const std::exception& error) {
      runtime.set_error("RuntimeError", error.what());
    } catch (...) {
      runtime.set_error("RuntimeError", "an exception that is no std::exception was thrown");
    }
  } catch (...) {
    // Without memory for the text; what the caller finds then is an error without one.
  }
  return -1;
}

}  // namespace spinel::hosts::tvm_ffi
