"""Training of the topic model from texts without labels.

The trained model is used in ``copytaster.tagging.topics``.
"""
