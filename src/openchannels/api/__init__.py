"""The HTTP API: middleware, request decoding, operations, the envelope and the OpenAPI document."""
