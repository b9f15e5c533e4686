"""The examination of an installation: what may stop it or lose work, each with what to do.

The checks are functions of facts that were read before (``ServerFacts``, ``FolderFacts``, ``Machine``), so that each of
them can be tried without the machine that it is about.
"""
