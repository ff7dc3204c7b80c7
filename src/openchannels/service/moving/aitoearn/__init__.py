"""Taking over accounts from the database of AiToEarn, as `mongoexport` writes it."""
