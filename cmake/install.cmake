# What `cmake --install` puts where, in two components. "library" is what a team installs to write task-servers: the public
# headers and the folders behind them, found by find_package(cordyna) and linked as cordyna::cordyna; nothing of cerebro,
# engine or log is in it, which the test "package" shows from outside. "programs" is cerebro and dyna.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

foreach(program cerebro dyna)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
  endif()
endforeach()

add_library(cordyna INTERFACE)
target_link_libraries(cordyna INTERFACE cordyna_task_server)
target_include_directories(cordyna INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(cordyna INTERFACE cxx_std_20)
add_library(cordyna::cordyna ALIAS cordyna)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cordyna)
install(TARGETS cordyna cordyna_task_server cordyna_net cordyna_wire cordyna_model cordyna_base EXPORT cordyna
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)
install(EXPORT cordyna NAMESPACE cordyna:: FILE cordyna-targets.cmake DESTINATION ${package_dir} COMPONENT library)
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/cordyna-config.cmake.in ${CMAKE_BINARY_DIR}/cordyna-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/cordyna-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/cordyna-config.cmake ${CMAKE_BINARY_DIR}/cordyna-config-version.cmake
  DESTINATION ${package_dir} COMPONENT library)

# Under a sanitizer the outside project would have to be built with it too; one tree is enough.
if(NOT CORDYNA_SANITIZE)
  add_test(NAME package COMMAND ${CMAKE_COMMAND} -DTREE=${CMAKE_BINARY_DIR} -DCOMPILER=${CMAKE_CXX_COMPILER}
    -P ${CMAKE_SOURCE_DIR}/cmake/package_test.cmake)
endif()
