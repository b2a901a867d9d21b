# shellcheck shell=bash disable=SC2034,SC2016
# `./tilth --help`: what the wrapper does; the program's own help follows where it is built.

Help() {
    cat <<'TEXT'
Tilth: a DataLab for wireless soil sensors.

./tilth installs what is missing, builds what changed, and runs the program. Try, in this order:

  ./tilth up                      the whole lab with a demonstration field; prints the page's address
  ./tilth doctor                  what this machine has and what it lacks
  ./tilth test                    every quick test: lint, unit, integration, end to end, a short crash run

Commands of the wrapper:

  up [OPTION...]                  install, build, start; options are the program's (./tilth up --help)
  doctor                          check machine, packages, parts, ports; exit status 1 if something lacks
  build                           install and build only
  test [PART...] [--OPTION...]    install what tests need, build, run; closes with one summary
                                  PART: lint unit integration e2e identity crash faults chaos fuzz sanitize bench all
                                  options go to those of crash, faults, identity, chaos: --kills N, --seed S, --keep
  clean                           remove what was built (data of the lab stays)
  SUBCOMMAND [ARGUMENT...]        any subcommand of the program, built first where needed:
                                  import, export, query, sql, replay, check, emulate, config, dead, ...
                                  (./tilth SUBCOMMAND --help)

Environment:

  TILTH_JOBS=N                    compile with N jobs (default: one a core)
  TILTH_PACKAGES=skip             do not install Debian packages (another system, or an image's own)
  CXX=PROGRAM                     compile with this C++ compiler
  TILTH_TEST_DATA=FOLDER          data that may not be shipped, for the tests that want it
  NO_COLOR=1                      plain text

What was said by compilers and installers is kept in build/logs. Completion for bash:
  source scripts/completion/tilth.bash
TEXT
    if [[ -x "$BINARY" ]]; then
        printf '\nThe program:\n\n'
        "$BINARY" --help
    fi
}
