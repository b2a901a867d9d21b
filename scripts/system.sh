# shellcheck shell=bash disable=SC2034,SC2016
# The machine: is it one that Tilth can be built on, and are its Debian packages there?

readonly NEEDED_MB=3000 # build folder, third-party parts and Debian packages of a first `up`
readonly OLDEST_GXX=12
UNITS=/etc/systemd/system

SystemName() { (. /etc/os-release 2>/dev/null && printf '%s' "${PRETTY_NAME:-an unknown system}"); }
IsDebian12() { (. /etc/os-release 2>/dev/null && [[ "${ID:-}" == debian && "${VERSION_ID:-}" == 12 ]]); }

# Packages GROUP...: the names that third_party/packages.txt lists for these groups.
Packages() {
    local name group want
    while read -r name group _; do
        [[ -n "$name" && "$name" != \#* ]] || continue
        for want in "$@"; do
            [[ "${group:-build}" != "$want" ]] || printf '%s\n' "$name"
        done
    done <"$ROOT/third_party/packages.txt"
}

# MissingPackages GROUP...: those that dpkg does not know as installed.
MissingPackages() {
    local -a wanted
    mapfile -t wanted < <(Packages "$@")
    command -v dpkg-query >/dev/null || { printf '%s\n' "${wanted[@]}"; return; }
    comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) \
        <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
            sed -n 's/^installed //p' | sort -u)
}

# FreeMb PATH: megabytes free on the disk that holds PATH.
FreeMb() { df -Pm "$1" | awk 'NR == 2 { print $4 }'; }

# CompilerMajor: its version's first number, or nothing where there is none.
CompilerMajor() { { "${CXX:-g++}" -dumpversion 2>/dev/null || true; } | cut -d. -f1; }

IsRoot() { ((EUID == 0)); }
HasSudo() { command -v sudo >/dev/null; }
AsRoot() { if IsRoot; then "$@"; else sudo -- "$@"; fi; }

# RequireRoot PACKAGE...: ends with a sentence where nobody here may install them.
RequireRoot() {
    IsRoot || HasSudo || Die "$# Debian packages are missing, and only root can install them. You are not root and \
there is no sudo: ask an administrator to run
    apt-get install --no-install-recommends $*"
    IsRoot || sudo -v || Die "sudo refused; root must install these packages: $*"
}

# InstallPackages GROUP...: a step that installs what is missing. Does nothing when the list has not
# changed since it last found everything.
InstallPackages() {
    local stamp="$STAMPS/packages-$*" missing
    [[ "${TILTH_PACKAGES:-}" != skip ]] || return 0
    ! Packages "$@" | cmp -s - "$stamp" || return 0
    mapfile -t missing < <(MissingPackages "$@")
    if ((${#missing[@]})); then
        IsDebian12 || Die "this is $(SystemName), and the wrapper installs packages on Debian 12 only. Install what \
corresponds to these, then run again with TILTH_PACKAGES=skip:
    ${missing[*]}"
        RequireRoot "${missing[@]}"
        KeepServersOff "${missing[@]}"
        BeginStep 'Debian packages' "${#missing[@]} to install (${missing[*]:0:4}${missing[4]:+ ...})"
        Run apt.log UpdateAndInstall "${missing[@]}"
        EndStep "${#missing[@]} installed"
    fi
    Packages "$@" >"$stamp"
}
# An update that reached nothing ends well for apt, so its words stand in the same log as what follows.
UpdateAndInstall() {
    AptGet update && AptGet install --yes --no-install-recommends -o APT::Status-Fd=1 "$@"
}

# KeepServersOff PACKAGE...: Debian starts a server as soon as it is installed, and again at each boot: on the port that
# the lab's own wants. Those that are installed here for the lab only are masked, unless somebody has given them a unit.
KeepServersOff() {
    local package unit
    for package in "$@"; do
        case "$package" in mosquitto | postgresql | prometheus) ;; *) continue ;; esac
        unit="$UNITS/$package.service"
        [[ -d "$UNITS" && ! -e "$unit" && ! -L "$unit" ]] || continue
        AsRoot ln -s /dev/null "$unit"
        Say "Debian's own $package service stays off (systemctl unmask $package turns it on)"
    done
}
AptGet() { AsRoot env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 "$@"; }

# CheckMachine: what no package can mend.
CheckMachine() {
    [[ "$(uname -s)/$(uname -m)" == Linux/x86_64 ]] ||
        Die "this is $(uname -s) on $(uname -m); Tilth is built for Linux on x86_64 (its DuckDB library is)"
    local free
    free=$(FreeMb "$ROOT")
    ((free >= NEEDED_MB)) || [[ -x "$BINARY" ]] ||
        Die "the disk that holds $ROOT has $free MB free and a first build needs $NEEDED_MB MB: free some space, or clone Tilth elsewhere"
}
CheckCompiler() {
    local major
    major=$(CompilerMajor)
    [[ -n "$major" ]] || Die "no C++ compiler found: install g++ $OLDEST_GXX or newer"
    ((major >= OLDEST_GXX)) || Die "${CXX:-g++} is version $major and Tilth needs $OLDEST_GXX or newer: set CXX to a newer \
one (Debian 12 has g++ 12)"
}
