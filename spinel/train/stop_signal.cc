#include "spinel/train/stop_signal.h"

#include <csignal>
#include <cstdlib>

namespace spinel::train {
namespace {

volatile std::sig_atomic_t received_signal = 0;

extern "C" void note_signal(int number) {
  // _Exit is the one way out that is allowed in a handler: no destructor may run in the middle of a step.
  if (received_signal != 0) std::_Exit(128 + number);
  received_signal = number;
}

}  // namespace

StopSignal::StopSignal() {
  received_signal = 0;
  former_term_ = std::signal(SIGTERM, note_signal);
  former_interrupt_ = std::signal(SIGINT, note_signal);
}

StopSignal::~StopSignal() {
  std::signal(SIGTERM, former_term_);
  std::signal(SIGINT, former_interrupt_);
}

int StopSignal::received() const { return received_signal; }

}  // namespace spinel::train
