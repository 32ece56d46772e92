"""One module per step. They stand alone: what a released step does must not change with the code around it."""
