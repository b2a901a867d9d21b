# shellcheck shell=bash disable=SC2034,SC2016
# `./tilth test [PART...] [--OPTION...]`: installs, builds and runs the parts, goes on after a failing one, and
# closes with one table. Options (--faults N, --seed S, ...) go to the programs of crash, faults, identity and chaos. Each part leaves a line "part passed failed skipped seconds" in build/reports/summary.

readonly REPORTS="$ROOT/build/reports"
readonly QUICK_PARTS=(lint unit integration e2e identity crash faults chaos)
readonly ALL_PARTS=("${QUICK_PARTS[@]}" fuzz sanitize bench)

TestParts() {
    local part
    (($#)) || set -- "${QUICK_PARTS[@]}"
    for part in "$@"; do
        case "$part" in
            all) printf '%s\n' "${ALL_PARTS[@]}" ;;
            lint | unit | integration | e2e | identity | crash | faults | chaos | fuzz | sanitize | bench) printf '%s\n' "$part" ;;
            *) Die "no part of the tests is called $part: ${ALL_PARTS[*]} or all" ;;
        esac
    done
}

Test() {
    local -a parts asked=()
    local part list
    while (($#)) && [[ "$1" != -* ]]; do
        asked+=("$1")
        shift
    done
    PROGRAM_OPTIONS=("$@")
    list=$(TestParts "${asked[@]}")
    mapfile -t parts <<<"$list"
    [[ " ${asked[*]} " != *' all '* ]] || export TILTH_LONG_TESTS=1
    PrepareTests "${parts[@]}"
    rm -rf "$REPORTS"
    mkdir -p "$REPORTS"
    trap 'Stopped "$part"' INT TERM
    for part in "${parts[@]}"; do
        Say "${BOLD}tilth test: $part${PLAIN}"
        "Test_$part"
    done
    Summary
}

# Stopped PART: what is known is said even when the tests are ended from outside.
Stopped() {
    trap - INT TERM
    Record "$1:stopped" 0 1 0 "$(Now)"
    Summary || true
    exit 1
}

# Packages, and for the parts that use the release build the program and every test of it; the other
# builds are made by the parts that run them.
PrepareTests() {
    local -a options=(-DTILTH_TESTS=ON)
    local release=''
    [[ "$*" != lint ]] || return 0
    [[ ! " $* " =~ \ (unit|integration|e2e|identity|crash|faults|chaos|bench)\  ]] || release=1
    [[ " $* " != *' bench '* ]] || options+=(-DTILTH_BENCH=ON)

    EnsureBuilt
    LockBuild
    step_number=0
    step_total=$((${release:-0} * 3))
    [[ -z "$(MissingPackages test)" || "${TILTH_PACKAGES:-}" == skip ]] || step_total=$((step_total + 1))
    InstallPackages test
    if [[ -n "$release" ]]; then
        BeginStep 'Servers for tests' 'FerretDB, from Go modules'
        Run test-servers.log "$ROOT/third_party/fetch" ferretdb
        EndStep
        Configure release "${options[@]}"
        BuildTarget release
    fi
    exec 9>&-
}

# Record PART PASSED FAILED SKIPPED START.
Record() {
    printf '%s %d %d %d %s\n' "$1" "$2" "$3" "$4" "$((($(Now) - $5) / 100000))" >>"$REPORTS/summary"
}

# RunCtest PART PRESET LABEL: the programs with this label; their cases are counted one by one.
RunCtest() {
    local part="$1" preset="$2" label="$3" folder="$REPORTS/${1// /-}" start
    start=$(Now)
    mkdir -p "$folder"
    GTEST_OUTPUT="xml:$folder/" CTEST_OUTPUT_ON_FAILURE=1 ctest --test-dir "$ROOT/build/$preset" -L "^$label\$" \
        -j "$(Jobs)" --no-tests=ignore --timeout 1200 --output-junit "$folder/ctest.junit" || true
    # shellcheck disable=SC2046 # three numbers
    Record "$part" $(Count "$folder") "$start"
}
Count() { python3 "$ROOT/scripts/count_tests.py" "$@"; }

# RunScript PART COMMAND...: a program that tests by itself. Cases are counted where it writes JUnit
# XML into $TILTH_REPORTS (pytest does so by the options set here); else it counts as one.
RunScript() {
    local part="$1" folder="$REPORTS/$1" start status=0
    shift
    start=$(Now)
    mkdir -p "$folder"
    TILTH_BINARY="$BINARY" TILTH_REPORTS="$folder" PYTEST_ADDOPTS="--junitxml=$folder/pytest.xml ${PYTEST_ADDOPTS:-}" \
        "$@" || status=$?
    # shellcheck disable=SC2046 # three numbers
    Record "$part" $(Count "$folder" "$status") "$start"
}

Test_lint() {
    local check
    for check in arrows layout shell; do RunScript "lint:$check" "$ROOT/tests/lint" "$check"; done
}

Test_unit() {
    RunCtest unit release unit
    RunScript wrapper "$ROOT/tests/wrapper/run"
    if grep -qs '"test":' "$ROOT/web/package.json"; then
        UseNode
        RunScript web npm --prefix "$ROOT/web" test
    fi
    if [[ -d "$ROOT/python/tests" ]]; then
        UsePython
        RunScript python python3 -m pytest -q "$ROOT/python/tests"
    fi
}

Test_integration() { RunCtest integration release integration; }

Test_e2e() { RunProgram e2e "$ROOT/tests/e2e/run"; }
Test_crash() { RunProgram crash "$ROOT/tests/crash/run" "${PROGRAM_OPTIONS[@]}"; }
Test_faults() { RunProgram faults "$ROOT/tests/faults/run" "${PROGRAM_OPTIONS[@]}"; }
Test_identity() { RunProgram identity "$ROOT/tests/identity/run" "${PROGRAM_OPTIONS[@]}"; }
Test_chaos() { RunProgram chaos "$ROOT/tests/chaos/run" "${PROGRAM_OPTIONS[@]}"; }

# RunProgram PART FILE [OPTION...]: a test program of its own, with the Python of UsePython.
RunProgram() {
    if [[ -x "$2" ]]; then
        UsePython
        RunScript "$@"
    else
        Say "  this tree has no ${2#"$ROOT/"}"
    fi
}

# One minute for each program of fuzz/, on the inputs kept beside it.
Test_fuzz() {
    local program name start failed
    local -a seeds
    BuildPreset fuzz fuzzers
    for program in "$ROOT"/build/fuzz/fuzz/*_fuzz; do
        [[ -x "$program" ]] || continue
        name="${program##*/}" failed=0 start=$(Now)
        mkdir -p "$ROOT/build/fuzz/corpus/$name"
        mapfile -t seeds < <(find "$ROOT/fuzz" -type d -name "${name}_corpus")
        Say "  $name, ${TILTH_FUZZ_SECONDS:-60} s"
        "$program" -max_total_time="${TILTH_FUZZ_SECONDS:-60}" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
            -artifact_prefix="$REPORTS/$name-" "$ROOT/build/fuzz/corpus/$name" "${seeds[@]}" \
            >"$REPORTS/$name.log" 2>&1 || failed=1
        if ((failed)); then tail -n 30 "$REPORTS/$name.log" >&2; fi
        Record "fuzz:${name%_fuzz}" $((1 - failed)) $failed 0 "$start"
    done
}

# The same programs again, watched. DuckDB's library is not instrumented, so ThreadSanitizer is told
# to leave out what happens inside it.
Test_sanitize() {
    local preset label
    export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
    export TSAN_OPTIONS="halt_on_error=1:suppressions=$ROOT/tests/tsan.supp"
    for preset in asan tsan; do
        BuildPreset "$preset"
        for label in unit integration; do RunCtest "$label:$preset" "$preset" "$label"; done
    done
}

Test_bench() { RunCtest bench release bench; }

BuildPreset() {
    LockBuild
    step_number=0
    step_total=2
    Configure "$1"
    BuildTarget "$@"
    exec 9>&-
}

# UsePython: python3 becomes the one of build/venv, with what tests/requirements.txt pins.
UsePython() {
    local venv="$ROOT/build/venv" pins="$ROOT/tests/requirements.txt"
    [[ -f "$pins" ]] || return 0
    if ! cmp -s "$pins" "$venv/.pins"; then
        step_number=0
        step_total=1
        BeginStep 'Python for the tests' 'pip install -r tests/requirements.txt into build/venv'
        Run venv.log python3 -m venv --clear "$venv"
        Run pip.log "$venv/bin/pip" install --disable-pip-version-check -r "$pins"
        cp "$pins" "$venv/.pins"
        EndStep
    fi
    PATH="$venv/bin:$PATH"
    export PATH TILTH_PYTHON="$venv/bin/python3"
}

# Summary: the table, then the totals alone on the last line; status 1 if anything failed.
Summary() {
    [[ -s "$REPORTS/summary" ]] || Die 'no test ran'
    awk '
        BEGIN { printf "\n%-24s %8s %8s %8s %9s\n", "part", "passed", "failed", "skipped", "time" }
        {
            printf "%-24s %8d %8d %8d %7.1f s\n", $1, $2, $3, $4, $5 / 10
            passed += $2; failed += $3; skipped += $4
        }
        END {
            printf "\n%d passed, %d failed, %d skipped\n", passed, failed, skipped
            exit failed > 0 || passed == 0
        }' "$REPORTS/summary"
}
