#!/bin/sh
# new-branch.sh <name>: a branch for one change, from an up-to-date default branch.
set -eu

exec "$(CDPATH='' cd -P -- "$(dirname -- "$0")/.." && pwd)/infra.sh" new-branch "$@"
