"""Web readers: processes that answer reads from their own memory and pass writes on."""
