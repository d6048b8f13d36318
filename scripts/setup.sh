#!/usr/bin/env bash
# Sets up what the Makefile's targets need, and says in one sentence what is missing where it may not install it.
#   scripts/setup.sh build    Go, and what the pages are dressed with (Node)
#   scripts/setup.sh test     + PostgreSQL's programs, pgbouncer and Chromium
#   scripts/setup.sh check    + the linter and the page compiler, pinned, in .cache/bin
# Everything is idempotent and quick when nothing is missing. After it, the targets need no network.
set -euo pipefail
cd "$(dirname "$0")/.."
what="${1:-test}"

GOLANGCI_VERSION=v2.15.0

stop() { printf '%s\n' "$*" >&2; exit 1; }

# at_least HAVE WANT: compares dotted versions, such as 1.26.8 and 1.27.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

check_go() {
  command -v go >/dev/null || stop "Hearth is written in Go and none is installed: install Go $want_go or newer from https://go.dev/dl and run this again."
  # Asked outside the module, so that an old Go answers with its own version instead of fetching another.
  local have
  have="$(cd / && GOTOOLCHAIN=local go env GOVERSION)"
  have="${have#go}"
  have="${have%% *}"
  at_least "$have" "$want_go" || stop "This is Go $have, and Hearth needs Go $want_go or newer: install it from https://go.dev/dl and run this again."
}

postgres_present() {
  command -v initdb >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

pooler_present() {
  command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ]
}

chromium_present() {
  [ -n "${HEARTH_TEST_CHROMIUM:-}" ] && [ -x "$HEARTH_TEST_CHROMIUM" ] && return 0
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && return 0
  done
  return 1
}

# install_packages NAME…: Debian packages, as root only. Debian's PostgreSQL would make and start a cluster on port
# 5432 while it is installed, and its pgbouncer would start on 6432; the tests start their own, so both are kept from it for
# the time being.
install_packages() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    stop "The tests need packages that are not installed here: $* (on Debian or Ubuntu: sudo apt-get install $*)."
  fi
  local off=/etc/postgresql-common/createcluster.d/hearth-setup.conf
  mkdir -p "$(dirname "$off")"
  echo 'create_main_cluster = false' >"$off"
  local policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then policy=; else printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"; fi
  echo "Installing $*."
  export DEBIAN_FRONTEND=noninteractive
  if ! apt-get install -y -q --no-install-recommends "$@" >.cache/apt.log 2>&1; then
    apt-get update -q >.cache/apt.log 2>&1 || true
    if ! apt-get install -y -q --no-install-recommends "$@" >>.cache/apt.log 2>&1; then
      rm -f "$off" ${policy:+"$policy"}
      tail -n 5 .cache/apt.log >&2
      stop "apt-get could not install $*: see .cache/apt.log, install them by hand and run this again."
    fi
  fi
  rm -f "$off" ${policy:+"$policy"}
}

check_packages() {
  local missing=()
  postgres_present || missing+=(postgresql)
  pooler_present || missing+=(pgbouncer)
  chromium_present || missing+=(chromium)
  [ "${#missing[@]}" = 0 ] || install_packages "${missing[@]}"
}

# tool NAME MODULE VERSION: builds a pinned program into .cache/bin unless exactly that one is there already.
tool() {
  local stamp=".cache/bin/.$1-$3-$(go env GOVERSION)"
  [ -x ".cache/bin/$1" ] && [ -e "$stamp" ] && return 0
  echo "Building $1 $3."
  GOBIN="$PWD/.cache/bin" GOFLAGS=-buildvcs=false go install "$2@$3" 2>.cache/tool.log || {
    tail -n 5 .cache/tool.log >&2
    stop "$1 $3 could not be built: see .cache/tool.log."
  }
  rm -f ".cache/bin/.$1-"*
  touch "$stamp"
}

mkdir -p .cache/bin
want_go="$(awk '$1 == "go" { print $2; exit }' go.mod)"
check_go
go mod download || stop "Go modules could not be downloaded: the first set-up needs the network, or a filled module cache."
scripts/assets.sh
case "$what" in
build) ;;
test) check_packages ;;
check)
  check_packages
  tool golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint "$GOLANGCI_VERSION"
  tool templ github.com/a-h/templ/cmd/templ "$(go list -m -f '{{.Version}}' github.com/a-h/templ)"
  ;;
*) stop "setup.sh knows build, test and check, not $what." ;;
esac
