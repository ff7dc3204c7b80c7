"""Background work: planners that claim what is due, and DBOS, which brings batches to their end."""
