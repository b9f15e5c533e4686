"""From bytes to text: detection of the charset, decoding, repair of wrongly decoded text.

Formats that name their charset themselves pass it in; nothing here knows a format.
"""
