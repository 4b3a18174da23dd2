# Libraries for cross-compiling to Windows where the machine has none for it: their headers alone, from the host.
# The rooms compile into static libraries against them; programs are linked where Windows builds of them exist.
# The headers are linked one by one into a folder of their own: the host's /usr/include as a whole would put the
# host's C library before that of Windows.
set(spinel_host_headers ${PROJECT_BINARY_DIR}/host_headers)
file(MAKE_DIRECTORY ${spinel_host_headers})
foreach(folder IN ITEMS boost yaml-cpp fmt spdlog hwy)
  if(NOT EXISTS /usr/include/${folder})
    message(FATAL_ERROR "${folder}: its headers are not in /usr/include; run tools/setup.sh")
  endif()
  file(CREATE_LINK /usr/include/${folder} ${spinel_host_headers}/${folder} SYMBOLIC)
endforeach()
foreach(header IN ITEMS zlib.h zconf.h)
  file(GLOB found /usr/include/${header} /usr/include/*-linux-gnu/${header})
  if(NOT found)
    message(FATAL_ERROR "${header}: it is not in /usr/include; run tools/setup.sh")
  endif()
  list(GET found 0 found)
  file(CREATE_LINK ${found} ${spinel_host_headers}/${header} SYMBOLIC)
endforeach()
foreach(target IN ITEMS fmt::fmt spdlog::spdlog yaml-cpp Boost::json Boost::headers ZLIB::ZLIB PkgConfig::hwy)
  if(NOT TARGET ${target})
    add_library(${target} INTERFACE IMPORTED GLOBAL)
    set_target_properties(${target} PROPERTIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${spinel_host_headers}
      INTERFACE_INCLUDE_DIRECTORIES ${spinel_host_headers})
  endif()
endforeach()
set_property(TARGET spdlog::spdlog APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL)
