#!/usr/bin/env bash
# What must hold before a change is taken in, tests aside: formatting, build, lint, layers and generated files that
# are up to date. All of it runs even after the first fault, so that one run names them all.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()

# step NAME COMMAND…: runs it and remembers whether it failed.
step() {
  local name="$1"
  shift
  echo "== $name"
  "$@" || failed+=("$name")
}

formatted() {
  local bad
  bad="$(git ls-files -co --exclude-standard '*.go' | xargs -r gofmt -l)"
  [ -z "$bad" ] || { echo "Not formatted by gofmt (make fmt):"; echo "$bad"; return 1; }
}

# Generated files are made anew beside the committed ones and compared, so that a check changes nothing.
generated() {
  local out bad=0 page made
  out="$(mktemp -d)"
  go run ./internal/app/gen -out "$out" || bad=1
  for page in "$out"/*; do
    cmp "$page" "docs/$(basename "$page")" || { echo "docs/$(basename "$page") is not what the code says (make generate)."; bad=1; }
  done
  rm -rf "$out"
  while read -r page; do
    made="${page%.templ}_templ.go"
    .cache/bin/templ generate -stdout -f "$page" -log-level error 2>/dev/null | cmp -s - "$made" ||
      { echo "$made is not what $page says (make generate)."; bad=1; }
  done < <(git ls-files -co --exclude-standard '*.templ')
  return "$bad"
}

step "formatting" formatted
step "build" go build ./...
step "lint" .cache/bin/golangci-lint run --allow-parallel-runners ./...
step "layers, style, documents" go test -count=1 .
step "generated files" generated

if [ "${#failed[@]}" != 0 ]; then
  printf 'Failed: %s\n' "${failed[*]}" >&2
  exit 1
fi
echo "All checks passed."
