// Thread-local variables that inline functions of a shared library's headers read.
#pragma once

#ifdef _WIN32
/// Windows cannot export thread-local variables: inline functions call into the library instead.
#define SPINEL_EXPORTED_THREAD_LOCAL 0
#else
/// Declares one pointer of zero-initialised thread-local memory. The initial-exec model reads it without a call; the
/// space that the loader keeps for libraries opened later is enough for a few words.
#define SPINEL_EXPORTED_THREAD_LOCAL 1
#define SPINEL_THREAD_LOCAL_POINTER __attribute__((tls_model("initial-exec"))) constinit thread_local
#endif
