"""Sends hostile files through the whole pipeline: each must get a disposition, and no other file may be affected."""
