# What `cmake --install` puts down: the program, the libraries with their headers, configs, and the package files
# through which find_package(Spinel) finds them.
include(CMakePackageConfigHelpers)
set(SPINEL_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Spinel)
get_property(rooms GLOBAL PROPERTY SPINEL_ROOMS)
list(TRANSFORM rooms REPLACE "^spinel_" "" OUTPUT_VARIABLE SPINEL_COMPONENTS)

install(TARGETS ${rooms} EXPORT SpinelTargets)
install(EXPORT SpinelTargets NAMESPACE spinel:: DESTINATION ${SPINEL_PACKAGE_DIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/spinel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs DESTINATION ${CMAKE_INSTALL_DATADIR}/spinel)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/SpinelConfig.cmake.in
  ${PROJECT_BINARY_DIR}/SpinelConfig.cmake INSTALL_DESTINATION ${SPINEL_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/SpinelConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/SpinelConfig.cmake ${PROJECT_BINARY_DIR}/SpinelConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/SpinelFindTorch.cmake DESTINATION ${SPINEL_PACKAGE_DIR})
