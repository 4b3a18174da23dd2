// Tells Python which of libtorch's RuntimeErrors are refusals of arguments: every C++ exception is a RuntimeError
// there.
#pragma once

#include "spinel/base/error.h"

namespace spinel::hosts {

/// Remembers an error of kind invalid_argument that leaves a kernel on this thread.
void note_refusal(const Error& error) noexcept;

/// Calls `function`; what it throws is noted on its way.
template <typename F>
void noting_refusals(F&& function) {
  try {
    function();
  } catch (const Error& error) {
    note_refusal(error);
    throw;
  }
}

}  // namespace spinel::hosts

/// Whether the last refusal on this thread had this text: what the package spinel raises as ValueError.
extern "C" __attribute__((visibility("default"))) bool spinel_is_refusal(const char* message);
