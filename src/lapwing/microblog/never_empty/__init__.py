"""The timeline never comes back empty because something behind it broke."""
