// The check macro of sources that use headers of PyTorch alone.
#pragma once

#include <stdexcept>

#include "c10/util/Exception.h"

// A statement that a semicolon need not follow.
#define STD_TORCH_CHECK(condition, ...)                                                                     \
  if (C10_UNLIKELY(!(condition))) {                                                                         \
    throw std::runtime_error(                                                                               \
        ::c10::detail::check_message("Expected " #condition " to be true, but got false.", ##__VA_ARGS__)); \
  }
