"""The text of posts: made clean, taken apart, counted, drawn as HTML, and what it claims. Pure."""
