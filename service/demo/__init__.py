"""The main job shown end to end, on shipped recordings, through the same doors that a CRM uses."""
