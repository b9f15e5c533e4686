"""The commands, one module each: they parse arguments, call the core, print the result and set the exit status."""
