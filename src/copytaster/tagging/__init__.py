"""What an article is about: language, topics, entities, keywords, the user's rules.

The stages are joined in ``tagger``; training of the topic model is in ``copytaster.training``.
"""
