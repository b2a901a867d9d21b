# Completion of ./tilth in a clone, for bash: source this file. The wrapper's own words are here; the program, once it
# is built, says its commands and options itself.
# shellcheck shell=bash
_tilth_program="$(dirname "${BASH_SOURCE[0]}")/../../build/release/app/tilth"
_tilth_script="$("$_tilth_program" completion bash 2>/dev/null)" || true
# An older program may say something else.
[[ "$_tilth_script" != '# Completion of tilth'* ]] || eval "$_tilth_script"
unset _tilth_program _tilth_script

_tilth_wrapper() {
    local word="${COMP_WORDS[COMP_CWORD]}" offered=''
    if ((COMP_CWORD == 1)); then
        offered='up doctor build test clean --help'
    elif [[ "${COMP_WORDS[1]}" == test ]]; then
        offered='lint unit integration e2e identity crash faults chaos fuzz sanitize bench all'
    fi
    COMPREPLY=()
    if declare -F _tilth >/dev/null; then _tilth; fi
    [[ -z "$offered" ]] || mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$offered" -- "$word")
}
complete -o filenames -F _tilth_wrapper ./tilth
