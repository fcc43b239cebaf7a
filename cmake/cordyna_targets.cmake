# cordyna_folder(NAME [DEPENDS folder...] [LIBRARIES lib...] [PROTOS dir] [INCLUDE dir] [PROGRAM name] [PROGRAM_DEPENDS folder...])
#
# Builds src/NAME: every *.cc that is neither a test nor main.cc goes into the static library cordyna_NAME, every
# *_test.cc into the test program NAME_test (run by ctest under that name), and main.cc into PROGRAM.

function(cordyna_folder name)
  cmake_parse_arguments(ARG "" "PROTOS;INCLUDE;PROGRAM" "DEPENDS;LIBRARIES;PROGRAM_DEPENDS" ${ARGN})
  set(folder ${CMAKE_SOURCE_DIR}/src/${name})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(TRANSFORM ARG_DEPENDS PREPEND cordyna_ OUTPUT_VARIABLE depends)

  if(sources OR ARG_PROTOS)
    add_library(cordyna_${name} STATIC ${sources})
    set(scope PUBLIC)
    target_compile_options(cordyna_${name} PRIVATE ${CORDYNA_WARNINGS})
  else()
    add_library(cordyna_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(cordyna_${name} ${scope} $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src>)
  if(ARG_INCLUDE)
    target_include_directories(cordyna_${name} ${scope} $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/${ARG_INCLUDE}>)
  endif()
  target_link_libraries(cordyna_${name} ${scope} ${depends} ${ARG_LIBRARIES} Threads::Threads)
  if(ARG_PROTOS)
    cordyna_protos(cordyna_${name} ${CMAKE_SOURCE_DIR}/${ARG_PROTOS})
  endif()

  if(tests)
    add_executable(${name}_test ${tests})
    target_compile_options(${name}_test PRIVATE ${CORDYNA_WARNINGS})
    target_link_libraries(${name}_test PRIVATE cordyna_${name} GTest::gmock GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()

  if(ARG_PROGRAM AND EXISTS ${folder}/main.cc)
    list(TRANSFORM ARG_PROGRAM_DEPENDS PREPEND cordyna_)
    add_executable(${ARG_PROGRAM} ${folder}/main.cc)
    target_compile_options(${ARG_PROGRAM} PRIVATE ${CORDYNA_WARNINGS})
    target_link_libraries(${ARG_PROGRAM} PRIVATE cordyna_${name} ${ARG_PROGRAM_DEPENDS})
  endif()
endfunction()

# Generated protobuf code of every .proto below `root`; included as "cordyna/v1/x.pb.h"; not held to our warnings.
function(cordyna_protos target root)
  file(GLOB_RECURSE protos CONFIGURE_DEPENDS ${root}/*.proto)
  set(out ${CMAKE_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${out})
  foreach(proto ${protos})
    file(RELATIVE_PATH relative ${root} ${proto})
    string(REGEX REPLACE "\\.proto$" "" stem ${relative})
    add_custom_command(OUTPUT ${out}/${stem}.pb.cc ${out}/${stem}.pb.h
      COMMAND protobuf::protoc --cpp_out=${out} -I ${root} ${relative}
      DEPENDS ${proto} WORKING_DIRECTORY ${root} VERBATIM)
    target_sources(${target} PRIVATE ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
    set_source_files_properties(${out}/${stem}.pb.cc PROPERTIES COMPILE_OPTIONS "-w")
  endforeach()
  target_include_directories(${target} SYSTEM PUBLIC $<BUILD_INTERFACE:${out}>)
endfunction()

# Programs of ours get a faster malloc (docs/decisions/0116): named by no code, hence linked though nothing needs it.
# Never under a sanitizer, which brings its own, and never the library, which lives in other people's programs.
function(cordyna_fast_malloc)
  if(CORDYNA_SANITIZE OR CORDYNA_FUZZ)
    return()
  endif()
  find_package(mimalloc 2.0 REQUIRED)
  foreach(program ${ARGN})
    target_link_options(${program} PRIVATE LINKER:--push-state,--no-as-needed $<TARGET_FILE:mimalloc> LINKER:--pop-state)
  endforeach()
endfunction()
