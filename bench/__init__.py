"""Benchmarks: each a ratio against what a user would pick instead, measured in one run."""
