"""The wire: envelope, query decoding, the API-key guard and the routes."""
