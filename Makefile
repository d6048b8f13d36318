# Hearth. Every target does its own set-up; see scripts/setup.sh.
.PHONY: help demo build release test check race bench soak screenshots generate fmt clean
.DEFAULT_GOAL := help

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LINT    := .cache/bin/golangci-lint

# Options for the programs started here: make demo ARGS="--units 60".
ARGS ?=

help:
	@echo "make demo      a generated community with a year of history, served on 127.0.0.1:8080"
	@echo "make build     bin/hearth"
	@echo "make release   the same, fitted to the load of the bench: takes twice as long to build"
	@echo "make test      all tests, on SQLite and on PostgreSQL"
	@echo "make check     formatting, lint, layers, generated files"
	@echo "make race      the tests of the concurrent packages under the race detector"
	@echo "make bench     speed and memory, in one run"
	@echo "make screenshots   pictures of the pages, into docs/pictures"
	@echo "make soak      long fault tests"
	@echo "make generate  catalogues in docs/ and pages from their templates"

demo: build
	bin/hearth demo $(ARGS)

build:
	@scripts/setup.sh build
	go build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/hearth ./cmd/hearth

# cmd/hearth/load.pgo is where the processor time goes under the bench's load of single events and batches; an old one fits less well and
# does no harm. It is used here alone, so that nobody else compiles everything twice.
release:
	@scripts/setup.sh build
	go build -trimpath -pgo=cmd/hearth/load.pgo -ldflags "-X main.version=$(VERSION)" -o bin/hearth ./cmd/hearth

# Two packages at a time: several of them start a database, and the browser tests a browser.
test:
	@scripts/setup.sh test
	go test -p 2 -timeout 30m ./...

check:
	@scripts/setup.sh check
	@scripts/check.sh

race:
	@scripts/setup.sh test
	go test -race -p 1 -timeout 30m . ./internal/base/... ./internal/act/message/... ./internal/edge/api/...

bench: build
	bin/hearth bench $(ARGS)

# HEARTH_TEST_SOAK asks the tests in tests/ for their long form: 200 kills instead of 20, disks that really fill, twenty
# communities against the model; docs/proof.md says what it takes and how to make it longer. Then the stores and the
# followers, with a transaction pooler in front of PostgreSQL.
soak:
	@scripts/setup.sh test
	HEARTH_TEST_SOAK=1 go test -count=1 -timeout 150m ./tests/...
	HEARTH_TEST_POOLER=1 go test -count=1 -p 2 -timeout 30m ./internal/base/db ./internal/fact/... ./internal/sense/... ./internal/act/... ./internal/decide/...

# Takes the pictures of docs/tour.md anew, and one of every page on a telephone, at a desk and in the dark below docs/pictures/all, which is for looking and not kept.
screenshots:
	@scripts/setup.sh test
	HEARTH_SCREENSHOTS=$(CURDIR)/docs/pictures go test -count=1 -timeout 20m -run TheTour ./tests/tour

generate:
	@scripts/setup.sh check
	.cache/bin/templ generate -log-level error
	go run ./internal/app/gen

fmt:
	gofmt -w $$(git ls-files '*.go')

clean:
	rm -rf bin coverage.out
