"""The crossings between pillars, one file each: nothing else sees two of them."""
