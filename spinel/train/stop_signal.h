// SIGTERM and SIGINT as a request to stop: the first is noted, the second ends the process at once.
#pragma once

namespace spinel::train {

/// While it lives, a first SIGTERM or SIGINT is only noted, so that a run can save and end; a second one ends the
/// process with status 128 + its number. The former handlers return at the end. One at a time.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  /// The number of the signal that came, or 0.
  int received() const;

 private:
  using Handler = void (*)(int);
  Handler former_term_;
  Handler former_interrupt_;
};

}  // namespace spinel::train
