// A memory barrier on all threads of the process at once, paid for by the caller alone.
#pragma once

namespace spinel {

/// Makes every running thread of the process pass a full memory barrier before it returns: what turns the barrier of
/// frequent readers into one of rare writers. False where the system has no such call; then readers need a fence.
bool process_barrier() noexcept;

}  // namespace spinel
