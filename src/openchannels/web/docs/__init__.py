"""The API reference: a viewer of the OpenAPI document, and a plain list without scripts."""
