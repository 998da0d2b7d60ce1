"""Speed, as ratios to named baselines in the same run; `make bench` prints a table, nothing here is a test."""
