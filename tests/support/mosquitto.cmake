# The target tilth_mosquitto_support: a private broker for tests (support/mosquitto.h). A module whose tests
# start a broker includes this file and names the target in TEST_LINKS.
include_guard(GLOBAL)
if(TILTH_TESTS)
    add_library(tilth_mosquitto_support STATIC
        "${CMAKE_SOURCE_DIR}/tests/support/mosquitto.cpp"
        "${CMAKE_SOURCE_DIR}/tests/support/mosquitto_gate.cpp")
    target_include_directories(tilth_mosquitto_support PUBLIC "${CMAKE_SOURCE_DIR}/tests")
    target_link_libraries(tilth_mosquitto_support PUBLIC fmt::fmt)
endif()
