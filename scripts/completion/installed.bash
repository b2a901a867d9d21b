# Completion of an installed tilth for bash: bash-completion reads this file at the first tab key. The program
# says itself what it has.
# shellcheck shell=bash disable=SC1090
source <(tilth completion bash)
