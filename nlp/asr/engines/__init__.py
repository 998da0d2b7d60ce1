"""One engine per file, each imported only where it is asked for: a process that transcribes nothing loads nothing."""
