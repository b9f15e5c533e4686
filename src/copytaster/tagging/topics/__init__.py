"""Topics (IPTC Media Topics): the taxonomy, the term lists, the classifier and its optional linear model.

The model is trained in ``copytaster.training``.
"""
