"""Every hostile file through the whole pipeline: each must end, and nothing but the file may suffer."""
