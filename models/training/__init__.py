"""How every shipped text model is made from `models/corpus/`; nothing here runs at scoring time."""
