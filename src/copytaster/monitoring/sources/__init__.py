"""Source contracts: what a source usually does, learned from its own past or declared, and what it does otherwise.

Times are seconds since 1970 in UTC. Nothing here reads a clock.
"""
