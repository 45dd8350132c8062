"""Benchmarks, run by `make bench`: side by side in one run, ratios first."""
