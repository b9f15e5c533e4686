"""The commands, one module each; they parse, call, print and set the exit status."""
