# How fast and how strictly everything is built: ccache and mold when the machine has them, the sanitizer of this build
# tree (CORDYNA_SANITIZE), and whether warnings are errors. Included before any target, because the flags are directory wide.

option(CORDYNA_WERROR "Warnings are errors" ON)
option(CORDYNA_FUZZ "Also the program of libFuzzer; clang only, see tools/fuzz" OFF)
set(CORDYNA_SANITIZE "" CACHE STRING "Sanitizers of this build tree: empty, address,undefined or thread")

# -O2, not -O3: what cordyna waits for is the disk, and the whole is compiled three times in every test run.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(CORDYNA_CCACHE ccache)
if(CORDYNA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CORDYNA_CCACHE})
endif()

# mold links a test program in a fifth of the time of the linker of binutils.
find_program(CORDYNA_MOLD mold)
if(CORDYNA_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(CORDYNA_SANITIZE)
  # The presets add -O1, which runs faster than -O0, and -g1, which keeps file and line in reports and stays smaller than
  # -g. A finding must end the test, hence no recovery.
  add_compile_options(-fsanitize=${CORDYNA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CORDYNA_SANITIZE})
endif()

# The thread sanitizer does not see atomic fences and g++ warns of each; Asio has some, beside the mutex that it does see.
if(CORDYNA_SANITIZE STREQUAL "thread")
  add_compile_options(-Wno-tsan)
endif()

# Not -Wrestrict: g++ 12 sees overlaps in correct std::string code from -O2 on (GCC bug 105651).
set(CORDYNA_WARNINGS -Wall -Wextra -Wconversion -Wno-restrict)
# Nor -Wmaybe-uninitialized once the optimiser or a sanitizer is on: g++ 12 takes the inactive alternatives of a variant or
# optional for values (GCC bug 80635). Debug builds keep it.
if(CORDYNA_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Release")
  list(APPEND CORDYNA_WARNINGS -Wno-maybe-uninitialized)
endif()
if(CORDYNA_WERROR)
  list(APPEND CORDYNA_WARNINGS -Werror)
endif()
