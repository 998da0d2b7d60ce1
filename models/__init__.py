"""How each trained artefact is made: corpus, training, evaluation, cards."""
