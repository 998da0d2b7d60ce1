"""Keywords: packs that experts write, and where their terms are said, also when they were heard wrong."""
