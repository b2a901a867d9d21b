# tilth_module(NAME [DEPENDS module...] [LINKS target...] [TEST_LINKS target...])
#
# Makes the library tilth_NAME of all *.cpp in the current folder, and of the files with a test
# suffix one program per suffix: *_test.cpp -> tilth_NAME_test (needs nothing but the folder).
# A suffix says what a test needs: *_mosquitto_test.cpp starts a real broker, and so on.
# DEPENDS names modules, which is what tests/check_arrows checks; LINKS names third-party targets.
function(tilth_module name)
    cmake_parse_arguments(arg "" "" "DEPENDS;LINKS;TEST_LINKS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS *.cpp)
    file(GLOB tests CONFIGURE_DEPENDS *_test.cpp)
    if(tests)
        list(REMOVE_ITEM sources ${tests})
    endif()
    list(TRANSFORM arg_DEPENDS PREPEND tilth_)

    set(target tilth_${name})
    if(sources)
        add_library(${target} STATIC ${sources})
        set(scope PUBLIC)
    else()
        add_library(${target} INTERFACE)
        set(scope INTERFACE)
    endif()
    target_include_directories(${target} ${scope} "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(${target} ${scope} ${arg_DEPENDS} ${arg_LINKS} fmt::fmt)

    if(TILTH_TESTS AND tests)
        set(integration_tests ${tests})
        list(FILTER integration_tests INCLUDE REGEX "_(mosquitto|mongodb|postgresql|process)_test\\.cpp$")
        set(unit_tests ${tests})
        list(FILTER unit_tests EXCLUDE REGEX "_(mosquitto|mongodb|postgresql|process)_test\\.cpp$")
        if(unit_tests)
            tilth_test_program(${target}_test unit SOURCES ${unit_tests} LINKS ${target} ${arg_TEST_LINKS})
        endif()
        if(integration_tests)
            tilth_test_program(${target}_integration_test integration
                SOURCES ${integration_tests} LINKS ${target} ${arg_TEST_LINKS})
        endif()
    endif()
endfunction()

# tilth_test_program(NAME LABEL SOURCES file... LINKS target...): a GoogleTest program known to ctest.
function(tilth_test_program name label)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}/tests")
    target_link_libraries(${name} PRIVATE ${arg_LINKS} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name} PRIVATE TILTH_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS ${label})
endfunction()
