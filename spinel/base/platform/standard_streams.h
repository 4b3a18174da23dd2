// Makes a program's standard streams safe to use, whatever the caller closed.
#pragma once

namespace spinel {

/// Called once at the start of main. A standard stream that is closed gets a stand-in (reads end at once, writes fail),
/// so that no file opened later takes its number; a write to a closed pipe fails instead of ending the process.
void prepare_standard_streams();

}  // namespace spinel
