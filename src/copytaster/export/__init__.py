"""What other systems take over from this one: articles as JSON Lines, ninjs, CSV or Parquet, and Atom feeds.

The text of an article leaves the system only while it may be used. An article that is withheld, canceled or deleted
leaves as a notice, so that a system that took it over earlier can remove it.
"""
