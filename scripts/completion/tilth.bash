# Completion of `tilth` and `./tilth` for bash: source this file, or install it as
# /usr/share/bash-completion/completions/tilth.

_tilth() {
    local word="${COMP_WORDS[COMP_CWORD]}" command="${COMP_WORDS[1]:-}"
    local commands='up emulate route process serve import export query sql replay check config dead'
    local wrapper='doctor build test clean'
    local tests='lint unit integration e2e crash fuzz sanitize bench all'
    local up='--data --http --mqtt-port --ws-port --broker --emulate --no-emulate --speed --seed --config --log-level --log-format --help'
    if ((COMP_CWORD == 1)); then
        [[ "${COMP_WORDS[0]}" != */* ]] || commands+=" $wrapper"
        mapfile -t COMPREPLY < <(compgen -W "$commands --help" -- "$word")
        return
    fi
    case "$command:${COMP_WORDS[COMP_CWORD - 1]}" in
        *:--log-level) mapfile -t COMPREPLY < <(compgen -W 'debug info warning error' -- "$word") ;;
        *:--log-format) mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$word") ;;
        *:--format) mapfile -t COMPREPLY < <(compgen -W 'table csv json parquet' -- "$word") ;;
        *:--data) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
        up:*) mapfile -t COMPREPLY < <(compgen -W "$up" -- "$word") ;;
        test:*) mapfile -t COMPREPLY < <(compgen -W "$tests" -- "$word") ;;
        config:*) mapfile -t COMPREPLY < <(compgen -W 'show check apply' -- "$word") ;;
        dead:*) mapfile -t COMPREPLY < <(compgen -W 'list show retry' -- "$word") ;;
        *) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    esac
}
complete -F _tilth tilth ./tilth
