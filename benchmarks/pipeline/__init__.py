"""``python -m benchmarks.pipeline``: what the whole system does with files in its inbox, and what that costs."""
