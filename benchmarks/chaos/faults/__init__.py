"""The faults, one module each; ``benchmarks.chaos.registry`` lists them."""
