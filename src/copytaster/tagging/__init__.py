"""The tag stage: language, topics, entities and keywords of an article, and the user's tagging rules.

``tagger`` runs the stages in order. The topic model is trained in ``copytaster.training``.
"""
