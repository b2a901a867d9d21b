option(TILTH_TESTS "Build the tests" ON)
option(TILTH_BENCH "Build the benchmarks" OFF)
option(TILTH_FUZZ "Build the libFuzzer programs (needs clang 19)" OFF)
option(TILTH_PCH "Precompile the most used headers: quicker from nothing, hides a missing #include" OFF)
set(TILTH_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
    message(FATAL_ERROR "g++ ${CMAKE_CXX_COMPILER_VERSION} is too old: Tilth needs 12 or newer (Debian 12 has it)")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
    message(FATAL_ERROR "clang ${CMAKE_CXX_COMPILER_VERSION} has no std::expected: Tilth needs 19 or newer")
endif()

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

# The same readings must give the same bits wherever a value is computed (promise 4):
# no fused multiply-add behind the source's back, no fast-math, no -march=native.
add_compile_options(-ffp-contract=off)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports these inside inlined standard-library code at -O2 (GCC bugs 105329, 105651).
    add_compile_options(-Werror -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds)
endif()

if(TILTH_SANITIZE)
    add_compile_options(-fsanitize=${TILTH_SANITIZE} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${TILTH_SANITIZE})
    # Mosquitto is built without: a plugin built with it needs the library in the process before all
    # others (LD_PRELOAD).
    set(library libasan.so)
    if(TILTH_SANITIZE MATCHES "thread")
        set(library libtsan.so)
    endif()
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${library}
        OUTPUT_VARIABLE TILTH_SANITIZER_LIBRARY OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
if(TILTH_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# The program finds the libraries it brings beside itself, wherever it is installed.
set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib/tilth")

find_program(TILTH_MOLD mold)
if(TILTH_MOLD)
    add_link_options(-fuse-ld=mold)
endif()
find_program(TILTH_CCACHE ccache)
if(TILTH_CCACHE)
    # Without this sloppiness ccache passes by every file that uses a precompiled header.
    set(launcher env CCACHE_SLOPPINESS=pch_defines,time_macros "${TILTH_CCACHE}")
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()
