# The target tilth_postgresql_support: a private PostgreSQL cluster for tests (support/postgresql.h). A module
# whose tests start one includes this file and names the target in TEST_LINKS.
include_guard(GLOBAL)
if(TILTH_TESTS)
    add_library(tilth_postgresql_support STATIC "${CMAKE_SOURCE_DIR}/tests/support/postgresql.cpp")
    target_include_directories(tilth_postgresql_support PUBLIC "${CMAKE_SOURCE_DIR}/tests")
    target_link_libraries(tilth_postgresql_support PUBLIC fmt::fmt PkgConfig::libpq)
endif()
