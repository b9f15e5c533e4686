"""The store on a server that speaks the Redis protocol."""
