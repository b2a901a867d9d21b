# shellcheck shell=bash disable=SC2034,SC2016
# From a clone to a binary: third-party parts, the dashboard's files, CMake and Ninja. A build is
# skipped without starting any of them while no source is newer than the last one.

readonly STAMPS="$ROOT/build/stamps"
readonly RELEASE="$ROOT/build/release"
readonly BINARY="$RELEASE/app/tilth"
readonly PARTS="$ROOT/build/third_party"

Jobs() { printf '%s' "${TILTH_JOBS:-$(nproc)}"; }
HasWeb() { [[ -f "$ROOT/web/package.json" ]]; }

# ChangedSince STAMP PATH...: whether anything under the paths (files, or folders that gained or lost
# one) is newer than the stamp file. web/ itself is passed over: building the dashboard touches it.
ChangedSince() {
    local stamp="$1"
    shift
    [[ -f "$stamp" ]] || return 0
    [[ -n "$(cd "$ROOT" && find "$@" \( -name node_modules -o -name dist -o -name __pycache__ \) -prune -o \
        ! -path web -newer "$stamp" -print -quit 2>&1)" ]]
}
readonly BUILD_INPUTS=(CMakeLists.txt CMakePresets.json cmake src app third_party)
WebInputs() { ! HasWeb || printf 'web\n'; }

IsBuilt() {
    [[ -x "$BINARY" && "$(cat "$STAMPS/root" 2>/dev/null)" == "$ROOT" ]] || return 1
    cmp -s "$ROOT/third_party/lock" "$STAMPS/third-party" || return 1
    [[ "${TILTH_PACKAGES:-}" == skip ]] || Packages run build | cmp -s - "$STAMPS/packages-run build" || return 1
    # shellcheck disable=SC2046 # one word or none
    ! ChangedSince "$STAMPS/built" "${BUILD_INPUTS[@]}" $(WebInputs)
}

# EnsureBuilt [quiet]: everything that build/release/app/tilth needs. Says nothing when nothing is to
# do, and with "quiet" little more once there is a program.
EnsureBuilt() {
    ! IsBuilt || return 0
    [[ -z "${1:-}" || ! -x "$BINARY" ]] || QUIET=1
    [[ -z "$QUIET" ]] || Say 'tilth: its sources have changed; building'
    LockBuild
    CheckMachine
    step_number=0
    step_total=3
    ! HasWeb || step_total=4
    [[ "${TILTH_PACKAGES:-}" == skip || -z "$(MissingPackages run build)" ]] || step_total=$((step_total + 1))
    local started
    started=$(Now)
    InstallPackages run build
    CheckCompiler
    FetchParts
    BuildWeb
    Configure release
    BuildTarget release tilth
    touch -r "$STAMPS/started" "$STAMPS/built"
    Say "${GREEN}tilth: ready after $(Took "$started")${PLAIN}"
    QUIET=''
    exec 9>&-
}

# One build at a time in a clone; what changes while it runs counts as newer than it.
LockBuild() {
    mkdir -p "$STAMPS" || Die "cannot write to $ROOT/build: make it writable, or clone Tilth elsewhere"
    exec 9>"$ROOT/build/.lock"
    if ! flock -n 9; then
        Say 'tilth: another ./tilth is building here; waiting for it'
        flock 9
    fi
    StartAnewIfMoved
    touch "$STAMPS/started"
}

# CMake, Python and the program's own library path name the folder they were made in.
StartAnewIfMoved() {
    if [[ -f "$STAMPS/root" && "$(cat "$STAMPS/root")" != "$ROOT" ]]; then
        Say "tilth: this clone was in $(cat "$STAMPS/root") before; building it anew"
        find "$ROOT/build" -mindepth 1 -maxdepth 1 ! -name stamps ! -name logs ! -name third_party -exec rm -rf {} +
        rm -rf "$PARTS/node" "${STAMPS:?}"/*
    fi
    printf '%s' "$ROOT" >"$STAMPS/root"
}

FetchParts() {
    BeginStep 'Third-party parts' 'those of third_party/lock that Debian does not have'
    if cmp -s "$ROOT/third_party/lock" "$STAMPS/third-party" && [[ -f "$PARTS/duckdb/.lock" ]]; then
        EndStep 'all there'
        return
    fi
    Run third-party.log "$ROOT/third_party/fetch" node duckdb
    cp "$ROOT/third_party/lock" "$STAMPS/third-party"
    EndStep
}

UseNode() { [[ ! -x "$PARTS/node/bin/npm" ]] || PATH="$PARTS/node/bin:$PATH"; }

BuildWeb() {
    HasWeb || return 0
    BeginStep 'Dashboard' 'npm ci, npm run build'
    if [[ -f "$ROOT/web/dist/index.html" ]] && ! ChangedSince "$STAMPS/web" web; then
        EndStep 'nothing changed; done'
        return
    fi
    UseNode
    touch "$STAMPS/web-started"
    if ! cmp -s "$ROOT/web/package-lock.json" "$STAMPS/web-lock" || [[ ! -d "$ROOT/web/node_modules" ]]; then
        Run web-install.log npm --prefix "$ROOT/web" ci --no-audit --no-fund
        cp "$ROOT/web/package-lock.json" "$STAMPS/web-lock"
    fi
    Run web-build.log npm --prefix "$ROOT/web" run build
    touch -r "$STAMPS/web-started" "$STAMPS/web"
    EndStep
}

# Configure PRESET [OPTION...]: CMake decides once; later runs of ninja call it again by themselves.
Configure() {
    local preset="$1" wanted="$*"
    BeginStep 'Configure' "cmake --preset $wanted"
    if [[ -f "$ROOT/build/$preset/build.ninja" && "$(cat "$STAMPS/configured-$preset" 2>/dev/null)" == "$wanted" ]]; then
        EndStep 'as before; done'
        return
    fi
    Run "configure-$preset.log" env -C "$ROOT" cmake --preset "$@"
    printf '%s' "$wanted" >"$STAMPS/configured-$preset"
    EndStep
}

# BuildTarget PRESET [TARGET]: all targets without one.
BuildTarget() {
    local preset="$1" target="${2:-all}"
    BeginStep 'Compile' "$target of build/$preset with $(Jobs) jobs"
    Run "compile-$preset.log" env NINJA_STATUS='[%f/%t] ' ninja -C "$ROOT/build/$preset" -j "$(Jobs)" "$target"
    EndStep
}

Clean() {
    Say 'tilth: removing build/, web/dist and web/node_modules'
    rm -rf "$ROOT/build" "$ROOT/web/dist" "$ROOT/web/node_modules"
}
