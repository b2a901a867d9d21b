# What `cmake --install` puts where, and the Debian package that CPack makes of it (`cpack -G DEB`).
include(GNUInstallDirs)

if(TARGET tilth)
    install(TARGETS tilth RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(FILES "${TILTH_DUCKDB_DIR}/libduckdb.so" DESTINATION lib/tilth)
install(FILES scripts/completion/installed.bash
    DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME tilth)
install(FILES LICENSE CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME tilth)
set(CPACK_PACKAGE_VENDOR Tilth)
set(CPACK_PACKAGE_CONTACT "The Tilth maintainers <maintainers@tilth.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Takes what soil sensors send over MQTT, keeps every message, checks every value,
joins the live stream with years of history, and shows both on one page.")
# The broker that `tilth up` starts; the libraries are found by dpkg-shlibdeps.
set(CPACK_DEBIAN_PACKAGE_DEPENDS mosquitto)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${TILTH_DUCKDB_DIR}")
include(CPack)
