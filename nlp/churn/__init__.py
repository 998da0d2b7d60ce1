"""How likely this customer drops the deal, from one conversation, with reasons."""

from nlp.churn.model import ChurnModel

__all__ = ["ChurnModel"]
