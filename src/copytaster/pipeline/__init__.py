"""What workers do with ids: plain functions over ports, safe to run twice."""
