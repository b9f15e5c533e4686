"""Files that contain files: zip, tar, compressed files, WARC; each member is read as a file of its own.

The limits against decompression bombs are in ``bounded_stream``.
"""
