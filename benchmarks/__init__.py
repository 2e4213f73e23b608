"""Benchmarks: each runs as `python -m benchmarks.NAME --json` over real protocols against another process."""
