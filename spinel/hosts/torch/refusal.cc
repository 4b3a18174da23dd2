#include "spinel/hosts/torch/refusal.h"

#include <string>

namespace spinel::hosts {
namespace {

std::string& last_refusal() {
  thread_local std::string text;
  return text;
}

}  // namespace

void note_refusal(const Error& error) noexcept {
  if (error.kind() != ErrorKind::invalid_argument) return;
  try {
    last_refusal() = error.what();
  } catch (...) {
    // Without memory for the text Python says RuntimeError.
    last_refusal().clear();
  }
}

}  // namespace spinel::hosts

bool spinel_is_refusal(const char* message) {
  const std::string& last = spinel::hosts::last_refusal();
  return !last.empty() && last == message;
}
