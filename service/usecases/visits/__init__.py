"""From a visit and its recording to turns, findings and their confirmation."""
