"""The dashboard: what people look at. It reads the published release and writes nothing."""
