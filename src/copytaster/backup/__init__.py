"""Backups: all data of the server at one moment and the files of the archive, in one folder, and the way back."""
