"""What an article is about: language, topics, entities, keywords."""
