"""The test suite: a folder for each package, `support` for what tests share."""
