"""Flaky tests: the suite, again and again, under other hashes and loads."""
