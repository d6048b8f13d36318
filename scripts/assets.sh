#!/usr/bin/env bash
# Builds what the pages are dressed with (web/) into internal/base/page/dist, unless it is there and nothing that it depends on
# has changed. Needs Node, and the network the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
dist=internal/base/page/dist
stop() { printf '%s\n' "$*" >&2; exit 1; }

sources() { ls web/*.mjs web/*.css web/*.js web/icons.txt web/package-lock.json scripts/assets.sh; find internal -name '*.templ' -o -path '*/page/ui/*.go' -o -path '*/edge/*.go' | sort; }
state="$(sources | grep -v '_test\.go$' | xargs cat | sha256sum | cut -c1-40)"
[ -f "$dist/hearth.css" ] && [ "$(cat .cache/assets 2>/dev/null)" = "$state" ] && exit 0

command -v node >/dev/null && command -v npm >/dev/null || stop "Hearth's pages are dressed with tools that need Node and npm: install Node 20 or newer from https://nodejs.org and run this again."
mkdir -p .cache
lock="$(sha256sum web/package-lock.json | cut -c1-40)"
if [ "$(cat .cache/npm 2>/dev/null)" != "$lock" ] || [ ! -d web/node_modules ]; then
  echo "Fetching what the pages are dressed with."
  (cd web && npm ci --no-audit --no-fund --ignore-scripts >../.cache/npm.log 2>&1) || { tail -n 5 .cache/npm.log >&2; stop "npm could not fetch it: see .cache/npm.log. The first set-up needs the network."; }
  echo "$lock" >.cache/npm
fi
(cd web && node build.mjs 2>../.cache/assets.log) || { tail -n 5 .cache/assets.log >&2; stop "The style sheet could not be built: see .cache/assets.log."; }
echo "$state" >.cache/assets
