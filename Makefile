# Plumbline (准绳). `make` or `make help` lists what there is.

GO        ?= go
BIN       := bin
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS   := -s -w -X main.version=$(VERSION)
# Tools are installed by version, outside go.mod: a tool there would be a requirement for whoever imports us.
BUF           := github.com/bufbuild/buf/cmd/buf@v1.75.0
PROTOC_GEN_GO := google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
PROTOC_GEN_GRPC := google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2
GOLANGCI      := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
TOOLS         := $(CURDIR)/$(BIN)/tools

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## the programs, stripped, into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/ ./agent/plumbline-agent ./collector/plumbline-collector ./server/plumbline-server

.PHONY: demo
demo: ## see it work: a server, an agent, a collector and fake devices on this machine, and away again (KEEP=1 leaves it up until Enter)
	@$(GO) run ./server/e2e/demo $(if $(KEEP),-keep)

.PHONY: scan
scan: ## judge this host
	$(GO) run ./agent/plumbline-agent scan

.PHONY: check
check: ## the quick loop: formatting, vet, tests without the slow ones
	@unformatted=$$(gofmt -l agent checks collector plugins proto server *.go 2>/dev/null); test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) test -short ./...

.PHONY: test
test: deps lint ## all tests, with the race detector and real distributions; what CI runs
	@$(MAKE) --no-print-directory generated
	$(GO) test -race -timeout 30m ./...

.PHONY: lint
lint: $(TOOLS)/golangci-lint ## static checks, layers included
	$(TOOLS)/golangci-lint run ./...

.PHONY: deps
deps: ## what the tests need from the operating system (Debian and Ubuntu, as root)
	@.ci/deps

.PHONY: generate
generate: $(TOOLS)/buf ## write generated files anew: proto and built-in baselines
	cd proto && PATH=$(TOOLS):$$PATH buf lint && PATH=$(TOOLS):$$PATH buf generate
	$(GO) generate ./...

.PHONY: generated
generated: generate ## fail if a generated file is stale
	@git diff --exit-code --stat -- proto checks || { echo "generated files are stale: run make generate and commit the result"; exit 1; }

.PHONY: bench
bench: ## speed, as ratios to the bare cost of the same work in the same run
	$(GO) test -short ./agent -run '^$$' -bench 'Scan|Program' -benchtime 7x
	$(GO) test ./agent/internal/hostfacts -run '^$$' -bench . -benchtime 7x
	$(GO) test ./collector/ssh ./collector/snmp -run '^$$' -bench . -benchtime 3x
	$(GO) test ./plugins/sink/spool ./server/ingest ./server/outlet -run '^$$' -bench . -benchtime 3x
	$(GO) test ./server/store/sqlite ./server/store/postgres -run '^$$' -bench . -benchtime 1x -timeout 60m
	$(GO) test ./checks/report ./server/export/xlsx -run '^$$' -bench Million -benchtime 1x

.PHONY: soak
soak: deps ## the safety and delivery tests at their full figures; takes long
	PLUMBLINE_SOAK=1 $(GO) test -timeout 4h ./collector/... ./plugins/... ./server/...

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (default 20s) each
	@.ci/fuzz $${FUZZTIME:-20s}

$(TOOLS)/buf:
	GOBIN=$(TOOLS) $(GO) install $(BUF)
	GOBIN=$(TOOLS) $(GO) install $(PROTOC_GEN_GO)
	GOBIN=$(TOOLS) $(GO) install $(PROTOC_GEN_GRPC)

$(TOOLS)/golangci-lint:
	GOBIN=$(TOOLS) $(GO) install $(GOLANGCI)
