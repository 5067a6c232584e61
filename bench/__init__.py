"""Benchmarks: ratios against what a user would pick instead, in one run; and how old a call's picture and sound are."""
