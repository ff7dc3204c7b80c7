"""The documentation is tested: what it says of the code is read from the code."""
