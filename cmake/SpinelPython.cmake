# Packages of Python that run from the build folder: PYTHONPATH=build/release/python is all that is needed.

# spinel_python_package(<name>)
# Links python/<name>/ into the build folder, and python/sparse/, which is written once for all frameworks, into the
# package's own folder sparse/, where it finds the package's framework.py. Sets SPINEL_PYTHON_PACKAGE to the folder.
function(spinel_python_package name)
  set(package ${PROJECT_BINARY_DIR}/python/${name})
  foreach(from_to IN ITEMS "${name}:." "sparse:sparse")
    string(REPLACE ":" ";" from_to ${from_to})
    list(GET from_to 0 from)
    list(GET from_to 1 to)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/python/${from}
      ${PROJECT_SOURCE_DIR}/python/${from}/*.py)
    foreach(file IN LISTS files)
      cmake_path(GET file PARENT_PATH folder)
      file(MAKE_DIRECTORY ${package}/${to}/${folder})
      file(CREATE_LINK ${PROJECT_SOURCE_DIR}/python/${from}/${file} ${package}/${to}/${file} SYMBOLIC)
    endforeach()
  endforeach()
  set(SPINEL_PYTHON_PACKAGE ${package} PARENT_SCOPE)
endfunction()

# spinel_python_library(<target>)
# A library that `tools/wheels.sh` packs: it needs what it uses and no more, and what is beside it in a wheel is found
# for the libraries that these need in turn, which have no path of their own (RPATH, not RUNPATH).
function(spinel_python_library target)
  target_link_options(${target} PRIVATE -Wl,--as-needed -Wl,--disable-new-dtags)
endfunction()
