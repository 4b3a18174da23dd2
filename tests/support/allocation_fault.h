// Lets the k-th allocation by operator new fail, for tests that try every k.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <new>

#include "spinel/base/error.h"

namespace spinel {

/// While it lives, allocation number k of this thread (from 1), or each from there on, throws std::bad_alloc. The
/// program must contain support/allocation_fault.cc, which replaces operator new.
class FailingAllocation {
 public:
  FailingAllocation(int64_t k, bool persistent);
  ~FailingAllocation();
  bool fired() const;
};

/// Allocations succeed again while it lives: for checks between.
class AllocationsSucceed {
 public:
  AllocationsSucceed();
  ~AllocationsSucceed();

 private:
  bool active_;
};

/// Calls `action` with the 1st, 2nd, … allocation failing until it needs no more. A single failure must come out as an
/// Error of kind unavailable or internal; where all later ones fail too, bad_alloc itself is right as well, as the text
/// of an Error needs memory.
inline void for_each_failing_allocation(const std::function<void()>& action) {
  for (const bool persistent : {false, true}) {
    for (int64_t k = 1;; ++k) {
      ASSERT_LT(k, 100'000);
      ErrorKind kind = ErrorKind::unavailable;
      bool fired = false, memory_error = false;
      {
        const FailingAllocation fault(k, persistent);
        try {
          action();
        } catch (const Error& error) {
          kind = error.kind();
        } catch (const std::bad_alloc&) {
          memory_error = true;
        }
        fired = fault.fired();
      }
      EXPECT_TRUE(kind == ErrorKind::unavailable || kind == ErrorKind::internal) << "allocation " << k;
      EXPECT_TRUE(persistent || !memory_error) << "allocation " << k;
      if (!fired) break;
    }
  }
}

}  // namespace spinel
