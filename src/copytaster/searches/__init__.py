"""Standing searches: saved queries that are compared with each article as it arrives, not with all that are stored.

``percolator`` finds the queries that an article meets; ``matching`` applies it to the articles of the event stream and
records the hits; ``administration`` creates, lists and switches searches, and ``preview`` shows what one would have
found. Queries are parsed and compared as in ``copytaster.search``, which looks for articles instead.
"""
