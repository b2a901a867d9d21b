# tilth_web_assets: a library that carries the files of web/dist (built by npm) inside the program.
#
#   #include "web_assets.h"
#   namespace tilth::web {
#       struct Asset { std::string_view path, content_type, etag, gzip_bytes, bytes; };
#       std::span<const Asset> Assets();   // sorted by path; "/index.html", "/assets/app-1f3b.js", ...
#   }
# gzip_bytes is empty for types that do not shrink. Without web/dist the list is empty.
set(TILTH_WEB_DIST "${CMAKE_SOURCE_DIR}/web/dist" CACHE PATH "The dashboard's built files")
set(generated "${CMAKE_BINARY_DIR}/web_assets")

file(GLOB_RECURSE web_files CONFIGURE_DEPENDS "${TILTH_WEB_DIST}/*")
if(NOT web_files)
    message(WARNING "There is no dashboard in ${TILTH_WEB_DIST}: the program is built without one. \
`./tilth build` builds it, or `npm ci && npm run build` in web/.")
endif()

# The list's digest is in the command so that a file that went away makes it run again too.
string(SHA256 web_list "${web_files}")
configure_file(cmake/web_assets.h.in "${generated}/web_assets.h" COPYONLY)
add_custom_command(
    OUTPUT "${generated}/web_assets.cpp"
    COMMAND ${CMAKE_COMMAND} -D "FROM=${TILTH_WEB_DIST}" -D "TO=${generated}" -D LIST=${web_list}
        -P "${CMAKE_SOURCE_DIR}/cmake/EmbedWebAssets.cmake"
    DEPENDS ${web_files} cmake/EmbedWebAssets.cmake
    COMMENT "Embedding the dashboard"
    VERBATIM)
add_library(tilth_web_assets STATIC EXCLUDE_FROM_ALL "${generated}/web_assets.cpp")
target_include_directories(tilth_web_assets PUBLIC "${generated}")
