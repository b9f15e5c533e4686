"""Webhooks: events are posted to the endpoints of receivers, signed, and repeated until they are accepted."""
