# Installs the library of a built tree into a folder of its own, looks that nothing of the server is in it, and builds and
# runs an outside project that knows only that folder.
cmake_minimum_required(VERSION 3.25)

set(prefix ${TREE}/package_test/prefix)
set(project_tree ${TREE}/package_test/build)
file(REMOVE_RECURSE ${TREE}/package_test)

function(run)
  execute_process(COMMAND ${ARGN} TIMEOUT 200 COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

run(${CMAKE_COMMAND} --install ${TREE} --prefix ${prefix} --component library)
file(GLOB_RECURSE installed RELATIVE ${prefix} ${prefix}/*)
foreach(file ${installed})
  if(file MATCHES "cerebro|engine|_log|dyna$")
    message(FATAL_ERROR "the library must contain nothing of the server, but it installs ${file}")
  endif()
endforeach()
if(NOT "include/cordyna/cordyna.h" IN_LIST installed)
  message(FATAL_ERROR "include/cordyna/cordyna.h is not installed")
endif()

run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/package_test -B ${project_tree} -G Ninja
  -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_COMPILER=${COMPILER})
run(${CMAKE_COMMAND} --build ${project_tree})
run(${project_tree}/outside)
