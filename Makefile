# The commands of the README; each sets up what it needs first.
.PHONY: test
test:
	tools/setup.sh
	cmake --preset release
	cmake --build --preset release
	ctest --preset release
