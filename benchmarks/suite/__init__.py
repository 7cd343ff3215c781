"""Benchmarks: made data, measured commands, and what they are compared with."""
