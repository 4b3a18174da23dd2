// The assertion on an Error's kind and on a part of its message.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/support/errors.h"

#define EXPECT_ERROR(expression, expected_kind, part)                                     \
  do {                                                                                    \
    const ::spinel::Error thrown = ::spinel::error_of([&] { (void)(expression); });       \
    EXPECT_EQ(thrown.kind(), expected_kind) << thrown.what();                             \
    EXPECT_NE(std::string(thrown.what()).find(part), std::string::npos) << thrown.what(); \
  } while (false)
