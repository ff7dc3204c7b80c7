"""A socket, uvicorn, and what it lets clients do."""
