"""A visit in a few lines, made of its own words, each line with the turns it was taken from."""
