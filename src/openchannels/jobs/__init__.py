"""Background work: planners claim what is due, and DBOS makes sure that each batch completes."""
