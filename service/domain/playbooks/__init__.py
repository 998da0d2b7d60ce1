"""Playbooks: rules that sales operations write, judged over what happened to a customer, and what follows from them."""
