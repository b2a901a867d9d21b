# cmake -D FROM=web/dist -D TO=FOLDER -P EmbedWebAssets.cmake: writes TO/web_assets.cpp, in which the
# assembler includes each file of FROM and its gzip form, and a table names them.
cmake_minimum_required(VERSION 3.25)

set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_mjs "${type_js}")
set(type_css "text/css; charset=utf-8")
set(type_json "application/json")
set(type_map "application/json")
set(type_webmanifest "application/manifest+json")
set(type_svg "image/svg+xml")
set(type_txt "text/plain; charset=utf-8")
set(type_png "image/png")
set(type_jpg "image/jpeg")
set(type_webp "image/webp")
set(type_ico "image/x-icon")
set(type_woff2 "font/woff2")
set(type_wasm "application/wasm")
set(already_compressed png jpg webp woff2)

# include_bytes(OUT SYMBOL FILE): assembly that puts a file between SYMBOL_begin and SYMBOL_end.
function(include_bytes out symbol file)
    set(${out} "    \".balign 16\\n${symbol}_begin:\\n.incbin \\\"${file}\\\"\\n${symbol}_end:\\n.byte 0\\n\"\n" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${TO}/gzip")
file(MAKE_DIRECTORY "${TO}/gzip")
file(GLOB_RECURSE files RELATIVE "${FROM}" "${FROM}/*")
list(SORT files)

set(assembly "")
set(declarations "")
set(table "")
set(number 0)
foreach(file IN LISTS files)
    string(REGEX MATCH "[^.]+$" suffix "${file}")
    string(TOLOWER "${suffix}" suffix)
    set(type "application/octet-stream")
    if(DEFINED type_${suffix})
        set(type "${type_${suffix}}")
    endif()
    file(SHA256 "${FROM}/${file}" digest)
    string(SUBSTRING "${digest}" 0 20 etag)

    set(symbol tilth_asset_${number})
    include_bytes(bytes ${symbol} "${FROM}/${file}")
    string(APPEND assembly "${bytes}")
    string(APPEND declarations "extern const char ${symbol}_begin[], ${symbol}_end[];\n")
    set(gzip "{}")
    if(NOT suffix IN_LIST already_compressed)
        set(compressed "${TO}/gzip/${number}.gz")
        execute_process(COMMAND gzip -9 -n -c "${FROM}/${file}" OUTPUT_FILE "${compressed}" COMMAND_ERROR_IS_FATAL ANY)
        file(SIZE "${FROM}/${file}" size)
        file(SIZE "${compressed}" compressed_size)
        if(compressed_size LESS size)
            include_bytes(bytes ${symbol}_gzip "${compressed}")
            string(APPEND assembly "${bytes}")
            string(APPEND declarations "extern const char ${symbol}_gzip_begin[], ${symbol}_gzip_end[];\n")
            set(gzip "Bytes(${symbol}_gzip_begin, ${symbol}_gzip_end)")
        endif()
    endif()
    string(APPEND table "        {\"/${file}\", \"${type}\", \"\\\"${etag}\\\"\", ${gzip},\n"
        "         Bytes(${symbol}_begin, ${symbol}_end)},\n")
    math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${TO}/web_assets.cpp" "// Made by cmake/EmbedWebAssets.cmake.
#include \"web_assets.h\"

#include <vector>

asm(\".section .rodata\\n\"
${assembly}    \".text\\n\");

extern \"C\" {
${declarations}}

namespace tilth::web {
namespace {

[[maybe_unused]] std::string_view Bytes(const char* begin, const char* end) {
    return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

std::span<const Asset> Assets() {
    static const std::vector<Asset> assets = {
${table}    };
    return assets;
}

}  // namespace tilth::web
")
