# cmake -P, LIBRARY and ORIGIN in the environment: where a shared library of ours looks for what it needs. One that has
# no such entry needs none: it finds what the library that needs it has loaded.
file(READ_ELF $ENV{LIBRARY} RPATH rpath RUNPATH runpath CAPTURE_ERROR error)
if(rpath OR runpath)
  file(RPATH_SET FILE $ENV{LIBRARY} NEW_RPATH $ENV{ORIGIN})
endif()
