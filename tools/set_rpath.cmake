# cmake -P, LIBRARY and ORIGIN in the environment: where a shared library of ours looks for what it needs.
file(RPATH_SET FILE $ENV{LIBRARY} NEW_RPATH $ENV{ORIGIN})
