"""What brings work back: overdue deliveries, failed files, and a store that lost its data.

The policy for a single attempt is in ``copytaster.model.retry_policy``.
"""
