# shellcheck shell=bash disable=SC2034,SC2016
# What the wrapper says, all of it on standard error: steps with progress and duration, and failures
# as sentences that say what to do. Standard output belongs to the program that is run.

readonly LOGS="$ROOT/build/logs"

if [[ -t 2 && "${TERM:-dumb}" != dumb && -z "${NO_COLOR:-}" ]]; then
    readonly BOLD=$'\e[1m' GREEN=$'\e[32m' RED=$'\e[31m' YELLOW=$'\e[33m' PLAIN=$'\e[0m'
    readonly ON_TERMINAL=1
else
    readonly BOLD='' GREEN='' RED='' YELLOW='' PLAIN=''
    readonly ON_TERMINAL=''
fi

Say() { printf '%s\n' "$*" >&2; }
Warn() { Say "${YELLOW}tilth: $*${PLAIN}"; }
Die() {
    Say "${RED}tilth: $*${PLAIN}"
    exit 1
}

# Now: microseconds since 1970. Some locales write EPOCHREALTIME with a comma.
Now() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }

# Took START: the time since START as "0.4 s", "12 s" or "3 min 20 s".
Took() {
    local -i tenths=$((($(Now) - $1) / 100000))
    if ((tenths < 100)); then
        printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
    else
        Seconds $((tenths / 10))
    fi
}
Seconds() {
    if (($1 < 120)); then printf '%d s' "$1"; else printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); fi
}

QUIET='' # not empty: steps are not announced
step_number=0
step_total=0
step_title=''
step_start=0

# BeginStep TITLE WHAT: the next of step_total steps.
BeginStep() {
    step_number=$((step_number + 1))
    step_title="[$step_number/$step_total] $1"
    step_start=$(Now)
    [[ -n "$QUIET" ]] || Say "${BOLD}$step_title${PLAIN}: $2"
}
EndStep() { [[ -n "$QUIET" ]] || Say "${GREEN}$step_title${PLAIN}: ${1:-done} in $(Took "$step_start")"; }

# Run LOG COMMAND...: runs the command with its output in build/logs/LOG, shows how far it is, and
# ends the wrapper with an explanation if it fails.
Run() {
    local log="$LOGS/$1"
    shift
    mkdir -p "$LOGS" || Die "cannot write to $LOGS: make the folder writable, or clone Tilth elsewhere"
    if ! TryRun "$log" "$@"; then
        Explain "$log"
        exit 1
    fi
}

# TryRun LOGFILE COMMAND...: as Run, but leaves the failure to the caller.
TryRun() {
    local log="$1"
    shift
    set +e
    "$@" 2>&1 9>&- </dev/null | tee "$log" | ShowProgress
    local status=${PIPESTATUS[0]}
    set -e
    return "$status"
}

# Reads a program's output and shows a line about how far it is: every change on a terminal, else
# every 15 seconds. Understands ninja's "[3/120] ..." and apt's "pmstatus:package:12.5:text".
ShowProgress() {
    local line start last=0 shown=''
    start=$(Now)
    while IFS= read -r line; do
        if [[ "$line" =~ ^\[([0-9]+)/([0-9]+)\]\ (.*) ]]; then
            local -i done=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]}
            line="$((100 * done / all)) % ($done of $all)$(TimeLeft "$start" "$done" "$all")"
        elif [[ "$line" =~ ^(dl|pm)status:[^:]*:([0-9]+)[.0-9]*:(.*) ]]; then
            line="${BASH_REMATCH[2]} % ${BASH_REMATCH[3]}"
        elif [[ -z "$ON_TERMINAL" || -z "$line" ]]; then
            continue
        fi
        if [[ -n "$ON_TERMINAL" ]]; then
            printf '\r\e[K%s: %.70s' "$step_title" "$line" >&2
            shown=1
        elif ((SECONDS - last >= 15)); then
            ((last == 0)) || Say "$step_title: $line"
            last=$SECONDS
        fi
    done
    [[ -z "$shown" ]] || printf '\r\e[K' >&2
}

# TimeLeft START DONE ALL: ", about 40 s left" once enough has been done to tell.
TimeLeft() {
    local -i spent=$((($(Now) - $1) / 1000000))
    ((spent >= 5 && $2 > 0)) || return 0
    printf ', about %s left' "$(Seconds $((spent * ($3 - $2) / $2)))"
}

# Explain LOGFILE: why the last command failed, as far as its output tells.
Explain() {
    local log="$1"
    Say "${RED}$step_title: failed after $(Took "$step_start"). The end of $log:${PLAIN}"
    sed -E '/^(dl|pm)status:/d; /^\[[0-9]+\/[0-9]+\] /d; s/^/    /' "$log" | tail -n 25 >&2
    if grep -qiE 'no space left on device|ENOSPC|not enough free space' "$log"; then
        Say "${RED}tilth: the disk is full: free some space under $ROOT and /var, then run the same command again.${PLAIN}"
    elif grep -qiE "$NO_NETWORK" "$log"; then
        Say "${RED}tilth: the network cannot be reached: check the connection (and proxy settings), then run the same command again; it goes on where it stopped.${PLAIN}"
    elif grep -qE 'Could not get lock|Unable to acquire the dpkg frontend lock' "$log"; then
        Say "${RED}tilth: another program is installing packages: wait until it has finished, then run the same command again.${PLAIN}"
    elif grep -qE 'Killed|killed signal|fatal error: Killed' "$log"; then
        Say "${RED}tilth: the compiler was killed, most likely for lack of memory: run again with TILTH_JOBS=1.${PLAIN}"
    else
        Say "${RED}tilth: mend what is said above, then run the same command again; it goes on where it stopped.${PLAIN}"
    fi
}
readonly NO_NETWORK='temporary failure (in name resolution|resolving)|could not resolve host|network is unreachable|name or service not known|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|failed to establish a new connection|unable to connect|could not connect'
