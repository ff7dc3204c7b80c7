"""The shapes on the wire, one module per noun. They serve the routes and make the document."""
