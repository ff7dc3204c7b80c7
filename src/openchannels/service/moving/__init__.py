"""Moving the data of a store to another installation, and taking over those of other programs."""
