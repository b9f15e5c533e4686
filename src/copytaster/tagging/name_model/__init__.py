"""Name models: mark names in texts with the weights of a spaCy model.

They only propose spans; ``copytaster.tagging.entities`` decides types and full names over the whole article.
"""
