// What stderr is connected to.
#pragma once

namespace spinel {

/// The width of the terminal that stderr goes to; 0: it goes to a file, a pipe or a terminal without cursor control
/// (TERM=dumb).
int stderr_columns();

}  // namespace spinel
