# Installs the library into WORK/prefix, looks into what was installed, builds this folder against it and runs it.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${result}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --component library --prefix ${WORK}/prefix)

# The public headers include the standard library and each other.
file(GLOB headers ${WORK}/prefix/include/cordyna/*.h)
if(NOT headers)
  message(FATAL_ERROR "no header was installed")
endif()
foreach(header ${headers})
  file(STRINGS ${header} foreign REGEX "#include (\"|<[^>]*[./])")
  list(FILTER foreign EXCLUDE REGEX "\"cordyna/[a-z_]+\\.h\"")
  if(foreign)
    message(FATAL_ERROR "${header} includes ${foreign}")
  endif()
endforeach()

# Nothing of cerebro is in the archive. By the mangled names, which nm lists in no time.
execute_process(COMMAND ${NM} ${WORK}/prefix/${LIBDIR}/libcordyna.a
                COMMAND grep -E -m 1 "7cordyna(7cerebro|6engine|3log)"
                OUTPUT_VARIABLE foreign ERROR_QUIET)
if(foreign)
  message(FATAL_ERROR "the library contains ${foreign}")
endif()

if(SANITIZE)
  set(flags -D "CMAKE_CXX_FLAGS=-fsanitize=${SANITIZE} -fno-sanitize-recover=all")
endif()
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/build -D CMAKE_PREFIX_PATH=${WORK}/prefix -D CMAKE_CXX_COMPILER=${CXX}
    ${flags})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/outside)
message(STATUS "${output}")
