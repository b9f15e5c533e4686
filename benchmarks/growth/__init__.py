"""``python -m benchmarks.growth``: what an article costs as the store grows, and as old articles leave it."""
