# Every verb prints the commands it runs. `make help` lists the verbs.
GO       ?= go
SEEDS    ?= 20000
HOURS    ?= 10
FUZZTIME ?= 60s
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

export CGO_ENABLED = 0

.PHONY: help build test demo lab sim sim-many bench fuzz lint race vm clean

help: ## list the verbs
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "make %-8s %s\n",$$1,$$2}' Makefile

build: ## one static binary: bin/heartbeat
	$(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/heartbeat ./cmd/heartbeat

test: build ## every test this machine can run; says at the end what was left out and how to have it
	@HEARTBEAT_BIN=$(CURDIR)/bin/heartbeat tools/test.sh ./...

demo: build ## a cluster that fails over before your eyes (under a minute, no root needed)
	bin/heartbeat lab demo

lab: build ## a cluster of two machines on this one, to play with
	bin/heartbeat lab up

sim: ## whole clusters in virtual time: make sim SEEDS=100000
	HEARTBEAT_SIM_SEEDS=$(SEEDS) $(GO) test -count=1 -timeout 60m -run 'TestSeeds' -v ./internal/sim ./internal/sim/members

sim-many: ## 256 nodes for hours in virtual time, with progress: make sim-many HOURS=1
	HEARTBEAT_SIM_HOURS=$(HOURS) $(GO) test -count=1 -timeout 24h -run 'TestHours' -v ./internal/sim/many

bench: build ## micro benchmarks; docs/benchmarks.md tells how the comparison with others is run
	$(GO) test -run '^$$' -bench . -benchtime 1s ./internal/...

fuzz: ## every fuzz target for FUZZTIME
	@FUZZTIME=$(FUZZTIME) tools/fuzz.sh

lint: ## gofmt, vet, staticcheck, module files
	@test -z "$$(gofmt -l cmd internal test)" || { gofmt -l cmd internal test; echo 'run gofmt -w on these files'; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags vm ./test/machine
	$(GO) mod tidy -diff
	$(GO) mod verify
	cd tools && $(GO) build -o ../bin/staticcheck honnef.co/go/tools/cmd/staticcheck
	bin/staticcheck ./...

# Packages of one goroutine: the race detector has nothing to see there. The tests of the house hold that the cores among them start none.
ONE_GOROUTINE = house sim sim/many sim/members sim/virtual wire conf messaging membership takeover fencing connectivity ccm migrate verify \
	cib cib/schema cib/xpath cib/edit cib/invent scheduler scheduler/simulate scheduler/outlook crmtool/mon xmltree isotime arbiter/disk arbiter/lease

race: export CGO_ENABLED = 1
race: ## the tests of every package that has goroutines under the race detector (needs a C compiler)
	@TESTFLAGS='-race -short' TESTLOG=bin/race.log tools/test.sh $$($(GO) list ./internal/... ./cmd/... | grep -vxF "$$(printf 'heartbeat/internal/%s\n' $(ONE_GOROUTINE))")

vm: build ## tests in emulated machines with a kernel of their own (many minutes; needs the machine laboratory in ../shared); HEARTBEAT_TEST_POWEROFFS=50 make vm
	HEARTBEAT_BIN=$(CURDIR)/bin/heartbeat $(GO) test -count=1 -timeout 4h -tags vm -v ./test/machine

clean: ## remove what was built
	rm -rf bin
