"""A simulated district on a lockdown day: what the demo and the benchmarks run on. Nothing here decides anything."""
