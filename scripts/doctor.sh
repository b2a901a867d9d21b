# shellcheck shell=bash disable=SC2034,SC2016
# `./tilth doctor`: a list of what Tilth needs and whether it is there. Changes nothing.

doctor_lacks=0

# Good WHAT FOUND; Note WHAT FOUND ADVICE (may stay so); Lacks WHAT FOUND ADVICE (must be mended).
Good() { printf '  %sgood%s   %-22s %s\n' "$GREEN" "$PLAIN" "$1" "$2"; }
Note() { printf '  %snote%s   %-22s %s\n           -> %s\n' "$YELLOW" "$PLAIN" "$1" "$2" "$3"; }
Lacks() {
    printf '  %slacks%s  %-22s %s\n           -> %s\n' "$RED" "$PLAIN" "$1" "$2" "$3"
    doctor_lacks=$((doctor_lacks + 1))
}

Doctor() {
    printf 'Tilth in %s\n' "$ROOT"
    DoctorMachine
    DoctorPackages
    DoctorParts
    DoctorPorts
    DoctorJournal
    if ((doctor_lacks)); then
        printf '\n%d lacking. `./tilth up` brings what the wrapper can install itself.\n' "$doctor_lacks"
        return 1
    fi
    printf '\nNothing is lacking: ./tilth up\n'
}

DoctorMachine() {
    local free major
    if [[ "$(uname -s)/$(uname -m)" != Linux/x86_64 ]]; then
        Lacks machine "$(uname -s) $(uname -m)" 'Tilth is built for Linux on x86_64'
    else
        Good machine "$(nproc) cores, $(awk '/^MemTotal/ { printf "%.1f GiB", $2 / 1048576 }' /proc/meminfo) of memory"
    fi
    if IsDebian12; then
        Good system "$(SystemName)"
    else
        Note system "$(SystemName)" 'packages are installed on Debian 12 only; elsewhere install them yourself and set TILTH_PACKAGES=skip'
    fi
    if IsRoot; then
        Good rights root
    elif HasSudo; then
        Good rights 'sudo (used only to install packages)'
    else
        Note rights 'neither root nor sudo' 'missing packages must be installed by an administrator'
    fi
    free=$(FreeMb "$ROOT")
    if ((free >= NEEDED_MB)) || [[ -x "$BINARY" && $free -ge 200 ]]; then
        Good 'disk space' "$free MB free"
    else
        Lacks 'disk space' "$free MB free" "a first build needs $NEEDED_MB MB"
    fi
    major=$(CompilerMajor)
    if ((${major:-0} >= OLDEST_GXX)); then
        Good compiler "${CXX:-g++} $("${CXX:-g++}" -dumpfullversion 2>/dev/null)"
    else
        Lacks compiler "${CXX:-g++} ${major:-not there}" "$OLDEST_GXX or newer is needed; Debian 12 has 12.2 (./tilth build installs it)"
    fi
}

DoctorPackages() {
    local group missing
    for group in run build test; do
        mapfile -t missing < <(MissingPackages "$group")
        if ((${#missing[@]} == 0)); then
            Good "packages to $group" "all $(Packages "$group" | wc -l)"
        elif [[ "$group" == test ]]; then
            Note "packages to $group" "without ${missing[*]}" './tilth test installs them'
        else
            Lacks "packages to $group" "without ${missing[*]}" "./tilth build, or apt-get install --no-install-recommends (as root)"
        fi
    done
}

DoctorParts() {
    if [[ -f "$PARTS/duckdb/libduckdb.so" && -f "$PARTS/duckdb/duckdb.h" ]]; then
        Good DuckDB "$(awk '$2 == "duckdb" { print $3 }' "$ROOT/third_party/lock") in build/third_party/duckdb"
    else
        Lacks DuckDB 'not in build/third_party/duckdb' 'third_party/fetch (./tilth build runs it)'
    fi
    if HasWeb; then
        if [[ -f "$ROOT/web/dist/index.html" ]]; then
            Good dashboard 'built in web/dist'
        else
            Lacks dashboard 'not built' './tilth build builds it'
        fi
    fi
    local broker
    if broker=$(PATH="$PATH:/usr/sbin" command -v mosquitto); then
        Good broker "$broker $("$broker" -h 2>&1 | sed -nE '1s/.*version //p')"
    else
        Lacks broker 'no mosquitto' './tilth build installs it; `up --broker URL` uses another one'
    fi
    if [[ ! -x "$BINARY" ]]; then
        Note program 'not built' './tilth build (about five minutes the first time)'
    elif IsBuilt; then
        Good program "$BINARY"
    else
        Note program 'older than its sources' 'the next ./tilth command builds it again'
    fi
}

DoctorPorts() {
    local pair port use
    for pair in '1883 MQTT --mqtt-port' '9001 WebSockets --ws-port' '8080 page --http'; do
        read -r port use option <<<"$pair"
        if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            Note "port $port" "taken ($use)" "a running ./tilth up, or another program: choose another port by $option"
        else
            Good "port $port" "free ($use)"
        fi
    done
}

# What the journal of a broker on this machine says of itself (docs/broker-plugin.md); silent without one.
DoctorJournal() {
    local topic value text=''
    declare -A journal=()
    command -v mosquitto_sub >/dev/null || return 0
    while read -r topic value; do
        journal[${topic##*/}]=$value
    done < <(mosquitto_sub -p "${TILTH_MQTT_PORT:-1883}" -t '$SYS/tilth/#' -W 1 -F '%t %p' 2>/dev/null)
    [[ -n "${journal[sync]:-}" ]] || return 0
    text="sync ${journal[sync]}, ${journal[depth]} messages deep, $((journal[bytes] / 1048576)) of $((journal[limit_bytes] / 1048576)) MiB"
    text+=", a sync takes ${journal[sync_us]} us, ${journal[minutes_left]} minutes left"
    if [[ "${journal[last_error]}" != none ]] || ((journal[refused])); then
        Note journal "$text, ${journal[refused]} refused" "last error: ${journal[last_error]}; the broker log says why messages were refused"
    elif ((journal[absent])); then
        Note journal "$text" "${journal[absent]} subscriptions have not come back; the journal keeps their messages"
    else
        Good journal "$text"
    fi
}
