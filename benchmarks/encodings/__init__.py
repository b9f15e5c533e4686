"""Whether files in old charsets come out as the text they hold; and the table of letter pairs that helps with that."""
