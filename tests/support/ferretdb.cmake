# The target tilth_ferretdb_support: a private MongoDB-compatible server for tests (support/ferretdb.h).
# A module whose tests start one includes this file and names the target in TEST_LINKS. The server's
# program comes from `third_party/fetch ferretdb`; without it those tests are skipped.
include_guard(GLOBAL)
set(TILTH_FERRETDB_PROGRAM "${CMAKE_SOURCE_DIR}/build/third_party/ferretdb/ferretdb"
    CACHE FILEPATH "The MongoDB-compatible server that tests start")
if(TILTH_TESTS)
    add_library(tilth_ferretdb_support STATIC
        "${CMAKE_SOURCE_DIR}/tests/support/ferretdb.cpp"
        "${CMAKE_SOURCE_DIR}/tests/support/ferretdb_gate.cpp")
    target_compile_definitions(tilth_ferretdb_support PRIVATE
        TILTH_FERRETDB_PROGRAM="${TILTH_FERRETDB_PROGRAM}")
    target_include_directories(tilth_ferretdb_support PUBLIC "${CMAKE_SOURCE_DIR}/tests")
    target_link_libraries(tilth_ferretdb_support PUBLIC fmt::fmt)
endif()
