"""What all connectors share: the connector, its capabilities, and parsing of answers."""
