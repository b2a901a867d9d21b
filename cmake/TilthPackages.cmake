find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(simdjson REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(libpq REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(mongoc REQUIRED IMPORTED_TARGET libmongoc-1.0)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
if(TILTH_TESTS)
    find_package(GTest REQUIRED)
endif()

# Boost 1.81 stands beside Debian's default 1.74; only its headers and Boost.URL are used.
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.81 REQUIRED COMPONENTS url)
if(NOT TARGET tilth_asio)
    add_library(tilth_asio INTERFACE)
    target_link_libraries(tilth_asio INTERFACE Boost::headers Threads::Threads OpenSSL::SSL)
    if(TILTH_SANITIZE MATCHES "thread")
        # Asio's fences are nothing that ThreadSanitizer understands, and GCC says so (-Wtsan).
        target_compile_definitions(tilth_asio INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
    endif()
endif()

# UDUNITS-2 has neither a CMake nor a pkg-config file.
find_path(UDUNITS2_INCLUDE udunits2.h REQUIRED)
find_library(UDUNITS2_LIBRARY udunits2 REQUIRED)
add_library(udunits2 INTERFACE)
target_include_directories(udunits2 SYSTEM INTERFACE "${UDUNITS2_INCLUDE}")
target_link_libraries(udunits2 INTERFACE "${UDUNITS2_LIBRARY}")

# DuckDB is not in Debian: third_party/fetch brings its shared library and C header from npm.
set(TILTH_DUCKDB_DIR "${CMAKE_SOURCE_DIR}/build/third_party/duckdb" CACHE PATH "libduckdb.so and duckdb.h")
if(EXISTS "${TILTH_DUCKDB_DIR}/duckdb.h")
    add_library(duckdb SHARED IMPORTED)
    set_target_properties(duckdb PROPERTIES
        IMPORTED_LOCATION "${TILTH_DUCKDB_DIR}/libduckdb.so"
        IMPORTED_NO_SONAME OFF
        INTERFACE_INCLUDE_DIRECTORIES "${TILTH_DUCKDB_DIR}")
else()
    message(FATAL_ERROR "DuckDB is missing in ${TILTH_DUCKDB_DIR}: run third_party/fetch (or ./tilth doctor)")
endif()
