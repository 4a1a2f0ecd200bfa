"""The edge: credentials in, answers and errors out."""
