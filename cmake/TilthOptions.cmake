option(TILTH_TESTS "Build the tests" ON)
option(TILTH_BENCH "Build the benchmarks" OFF)
option(TILTH_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
set(TILTH_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# The same readings must give the same bits wherever a value is computed (promise 4):
# no fused multiply-add behind the source's back, no fast-math, no -march=native.
add_compile_options(-ffp-contract=off)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports these inside inlined standard-library code at -O2 (GCC bugs 105329, 105651).
    add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds)
endif()

if(TILTH_SANITIZE)
    add_compile_options(-fsanitize=${TILTH_SANITIZE} -fno-omit-frame-pointer -g1)
    add_link_options(-fsanitize=${TILTH_SANITIZE})
endif()

find_program(TILTH_MOLD mold)
if(TILTH_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_link_options(-fuse-ld=mold)
endif()
find_program(TILTH_CCACHE ccache)
if(TILTH_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${TILTH_CCACHE}")
    set(CMAKE_C_COMPILER_LAUNCHER "${TILTH_CCACHE}")
endif()
