"""The types on the wire, one module per noun; they decode requests and make the document."""
