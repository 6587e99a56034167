# The few commands that one needs; what they do is in tests/run, tests/demo, tests/bench, tests/simulate and site/build.

.PHONY: help demo check test bench simulate site dist clean

help:
	@echo 'make demo    build, and watch six chats talk to each other, five of them side by side on one page (DEMO=once: end after the conversation)'
	@echo 'make check   format, lints, unit tests: a minute at most after a change'
	@echo 'make test    every check (SKIP=browser,openapi leaves steps out; tests/run --list names them)'
	@echo 'make bench   throughput and latency: to what SQLite itself does here, and to a hub (SKIP=python: without the hub)'
	@echo 'make simulate  up to 10,000 platforms in one process: what joining, a message, a platform costs as a network grows (SIMULATE_QUICK=1: 24)'
	@echo 'make site    the pages of docs as a site, into target/site'
	@echo 'make dist    everything that users install, into target/dist: crate, wheel, jars, packages, program'
	@echo 'make clean   remove all that was built or fetched'

demo:
	@exec node tests/demo/demo.mjs

check:
	@exec tests/run --quick

test:
	@exec tests/run

bench:
	@exec tests/bench/run

simulate:
	@exec tests/simulate/run

site:
	@exec site/build

dist:
	@exec bindings/dist

clean:
	cargo clean
	rm -rf tests/browser/node_modules bindings/java/*/target examples/gwt-chat/target examples/gwt-chat/*/target
	find bindings/dotnet examples/netcore-chat -name bin -prune -exec rm -rf {} + -o -name obj -prune -exec rm -rf {} +
