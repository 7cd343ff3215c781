"""What learns the tables that the daily run only applies. Needs the extra `train`."""
