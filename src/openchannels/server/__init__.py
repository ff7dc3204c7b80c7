"""Listens on a socket, runs uvicorn and limits what clients may do."""
