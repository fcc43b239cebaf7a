# The front door: every target is one line of `make help`. What a target does lives in tools/ and in CMakePresets.json,
# so that the same steps can be run without make.

SHELL := /bin/bash
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
FOLDER ?=
SEEDS ?= 2500
ROUNDS ?= 100
FROM ?= 1

# One compiler cache for all build trees, inside build/ unless the machine has its own.
export CCACHE_DIR ?= $(CURDIR)/build/.ccache
export CCACHE_BASEDIR ?= $(CURDIR)

build_tree = cmake --preset $(1) --log-level=WARNING >/dev/null && cmake --build build/$(1) -j $(JOBS)

.DEFAULT_GOAL := help
.PHONY: help setup build unit test demo fresh format lint bench bench-peers sim sim-exhaustive bug-bank chaos fuzz install clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## installs what tools/packages.txt names and this machine lacks (apt-get)
	@tools/setup

build: setup ## builds everything as Release into build/release; warnings are errors
	@$(call build_tree,release)

unit: setup ## the inner loop: builds and runs the unit tests; FOLDER=engine for one folder, ARGS=--gtest_filter=...
	@JOBS=$(JOBS) tools/unit "$(FOLDER)" $(ARGS)

test: ## every test there is: Release, ASan+UBSan, TSan, house rules, format, mission, tour
	@JOBS=$(JOBS) tools/test

demo: build ## starts cerebro and two task-servers and runs the example pipeline
	@tools/demo

fresh: ## proves on a bare Debian 12 that `make demo` and `make test` need nothing else (root, 10 GB, an hour)
	@tools/fresh

format: setup ## formats every C++ file that git tracks
	@tools/format --write

lint: setup ## clang-tidy over src/ (installs nothing: apt-get install clang-tidy-16)
	@cmake --preset release --log-level=WARNING >/dev/null && JOBS=$(JOBS) tools/lint

bench: build ## measures: a table with goals, build/bench.json, plots in build/bench/; tools/bench NAME... for some
	@tools/bench

bench-peers: build ## the same work on cordyna and on its peers, which it installs; PEERS="bullmq celery", none: all (root)
	@tools/bench_peers $(PEERS)

sim: build ## simulates SEEDS=2500 companies in virtual time with everything that can go wrong; FROM=1
	@build/release/bin/cordyna-sim seeds $(SEEDS) --from $(FROM) --jobs $(JOBS)

sim-exhaustive: build ## twelve fixed scenarios, broken at every point in every way, once and lasting (minutes)
	@build/release/bin/cordyna-sim exhaustive --jobs $(JOBS)

bug-bank: setup ## failures of other systems as mutants of this one: the simulator must catch each within SEEDS
	@cmake --preset mutants --log-level=WARNING >/dev/null && cmake --build build/mutants -j $(JOBS) --target cordyna-sim
	@build/mutants/bin/cordyna-sim bug-bank $(SEEDS) --jobs $(JOBS)

chaos: build ## real processes: kill -9, SIGSTOP, broken lines, a full disk, ROUNDS=100 times; then the real log is judged
	@build/release/bin/chaos --rounds $(ROUNDS) --seed $(FROM)

fuzz: setup ## looks for input that breaks a decoder, SECONDS_EACH=60 a target (needs clang-16, libclang-rt-16-dev)
	@JOBS=$(JOBS) tools/fuzz

install: build ## installs programs, library and headers below PREFIX (default /usr/local)
	@cmake --install build/release --prefix "$(PREFIX)"

clean: ## removes the build trees, keeps the compiler cache
	@rm -rf build/release build/debug build/asan build/tsan build/fuzz build/results
