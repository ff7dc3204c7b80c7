"""The pytest plug-in, as the suite of a tool uses it: in processes of its own."""
