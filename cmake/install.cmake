# What `cmake --install` gives. Component `library`: the core tooling library as the CMake package cordyna (include/ and
# one archive, target cordyna::cordyna). Component `programs`: cerebro and dyna.
#
# The archive is put together from the objects of the folders the library is made of. Of wire/ it leaves out what turns
# cerebro's own events into bytes: nothing of cerebro, its engine or its log is in there, which tests/outside checks.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(wire_objects "$<TARGET_OBJECTS:cordyna_wire>")
set(wire_of_cerebro "/wire/(event|run_plan|payload)[^/]*\\.o$|/cordyna/log/")
add_library(cordyna STATIC
  $<TARGET_OBJECTS:cordyna_base> $<TARGET_OBJECTS:cordyna_model> $<TARGET_OBJECTS:cordyna_net>
  $<TARGET_OBJECTS:cordyna_task_server> $<FILTER:${wire_objects},EXCLUDE,${wire_of_cerebro}>)
set_target_properties(cordyna PROPERTIES LINKER_LANGUAGE CXX)
target_compile_features(cordyna INTERFACE cxx_std_20)
target_include_directories(cordyna INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(cordyna PRIVATE protobuf::libprotobuf yaml-cpp fmt::fmt OpenSSL::SSL OpenSSL::Crypto xxhash
                                      Threads::Threads)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/cordyna)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/cordyna DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)
install(TARGETS cordyna EXPORT cordyna ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(EXPORT cordyna NAMESPACE cordyna:: FILE cordyna-targets.cmake DESTINATION ${package} COMPONENT library)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/cordyna-config.cmake.in cordyna-config.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(cordyna-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/cordyna-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/cordyna-config-version.cmake
        DESTINATION ${package} COMPONENT library)
foreach(program cerebro dyna)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
  endif()
endforeach()

# A project of somebody else, built against the installed package and run.
add_test(NAME outside COMMAND ${CMAKE_COMMAND}
  -D BUILD=${CMAKE_BINARY_DIR} -D WORK=${CMAKE_BINARY_DIR}/outside -D SOURCE=${CMAKE_SOURCE_DIR}/tests/outside
  -D NM=${CMAKE_NM} -D CXX=${CMAKE_CXX_COMPILER} -D LIBDIR=${CMAKE_INSTALL_LIBDIR} -D SANITIZE=${CORDYNA_SANITIZE}
  -P ${CMAKE_SOURCE_DIR}/tests/outside/run.cmake)
