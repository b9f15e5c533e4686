"""What of other people's expectations about files the parsers meet."""
