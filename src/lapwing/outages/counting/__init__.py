"""Reports become counts per slice and minute. Pure."""
