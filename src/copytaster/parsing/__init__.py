"""From bytes to drafts."""
