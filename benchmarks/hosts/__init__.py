"""Two hosts that share a Redis server and a bucket, one of which dies."""
