"""Learns the journey score: a table that the daily run only applies (methodology, section 7)."""
