"""One module a revision. Written once, never changed after a release: old databases come this way."""
