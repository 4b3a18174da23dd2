# The project's commands; each sets up what it needs first. `make help` lists them.
SHELL := /bin/bash
CTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 24

.PHONY: demo
demo: ## trains, tests and uses a potential on real data: about five minutes
	tools/setup.sh demo
	cmake --preset release -DSPINEL_TESTS=OFF $(if $(wildcard build/release/CMakeCache.txt),,-DSPINEL_UNITY=ON)
	cmake --build --preset release --target spinel
	tools/demo.sh

.PHONY: build
build:
	tools/setup.sh test
	cmake --preset release -DSPINEL_TESTS=ON -DSPINEL_UNITY=OFF
	cmake --build --preset release

.PHONY: test
test: build ## builds all and runs the tests
	ctest --preset release $(CTEST_ARGS)

.PHONY: test-hosts
test-hosts: ## tests inside the frameworks that host our operators
	tools/setup.sh hosts
	cmake --preset release -DSPINEL_TESTS=ON -DSPINEL_UNITY=OFF
	cmake --build --preset release --target spinel_hosts_tests spinel_torch
	ctest --preset release -R '^hosts\.'
	cmake --build --preset release --target spinel_paddle_tests
	cmake --build --preset release --target spinel_tvm_ffi_python_tests

.PHONY: test-sanitize
test-sanitize: ## what is fast of all rooms under asan, the readers fuzzed, the rooms without libtorch under tsan
	tools/setup.sh ci
	cmake --preset asan
	cmake --build --preset asan
	ctest --preset asan $(CTEST_ARGS)
	tools/fuzz.sh $${FUZZ_SECONDS:-20}
	cmake --preset tsan
	cmake --build --preset tsan
	ctest --preset tsan $(CTEST_ARGS)

.PHONY: gcc
gcc: ## compiles the rooms without libtorch with g++ 12; GCC_TORCH=ON: all rooms
	tools/setup.sh ci
	cmake --preset gcc -DSPINEL_TESTS=OFF -DSPINEL_TORCH=$${GCC_TORCH:-OFF}
	cmake --build --preset gcc

.PHONY: windows
windows: ## compiles the rooms without libtorch with mingw-w64
	tools/setup.sh ci
	cmake --preset windows
	cmake --build --preset windows

.PHONY: cuda
cuda: ## compiles the CUDA kernels for sm_75 to sm_120, where nvcc is at hand
	@if command -v nvcc > /dev/null; then \
	  cmake --preset cuda -DSPINEL_TESTS=OFF -DSPINEL_TORCH=OFF && cmake --build --preset cuda --target spinel_cuda; \
	else echo "cuda: there is no nvcc on this machine; the CUDA kernels are not compiled"; fi

.PHONY: headers
headers: ## compiles each header alone
	tools/setup.sh test
	cmake --preset release -DSPINEL_HEADER_CHECK=ON
	cmake --build --preset release --target spinel_header_check

.PHONY: bench
bench: ## builds and runs the side-by-side programs against their peers
	tools/setup.sh bench
	cmake --preset release -DSPINEL_BENCH=ON
	cmake --build --preset release
	for driver in $$(ls bench/*/*.py | grep -v -e _peer.py -e /paddle_); do .venv-bench/bin/python $$driver build/release/bin || exit 1; done
	build/release/bin/schnet_training_check_bench
	build/release/bin/max_pool_bench

.PHONY: coverage
coverage: ## line coverage by room
	tools/setup.sh ci
	tools/setup.sh hosts
	tools/coverage.sh

.PHONY: format lint
format: ## formats the sources and rewrites the index of headers
	tools/format.sh
	tools/header_index.py
lint: ## the lints alone: layering, error messages, form of sources
	cmake --preset release > /dev/null
	ctest --preset release -L lint

.PHONY: dist
dist: build ## a folder that runs anywhere, with libtorch inside
	tools/dist.sh

.PHONY: wheels
wheels: ## dist/*.whl of the Python packages, for pip; the one for PaddlePaddle after `make test-hosts`
	tools/setup.sh test
	cmake --preset release
	cmake --build --preset release --target spinel_torch
	if [ -x .venv-paddle/bin/python ]; then cmake --build --preset release --target spinel_paddle; fi
	tools/wheels.sh
