"""What all connectors share: the connector's form, mapping and parsing of answers."""
