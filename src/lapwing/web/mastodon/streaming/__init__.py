"""The streaming API: what is new is told to open connections, over SSE and WebSocket.

A post's event is made once and written to all who get it; whether one gets it is asked for each.
"""
