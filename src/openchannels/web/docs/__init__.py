"""The API reference: a viewer of our OpenAPI document, and a plain list that needs no script."""
