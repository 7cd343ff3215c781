"""What learns the tables that the daily run only applies."""
