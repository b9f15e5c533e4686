"""Whether a quiet file is whole: one module for each family of formats, and the patience with what is not."""
