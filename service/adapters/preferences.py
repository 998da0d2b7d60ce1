"""Learns from feedback: a Bayesian linear regression whose noise and spread are ours, not estimated.

With five answers an estimate of them would believe whatever they happen to say; known, the posterior has a closed form,
and its precision matrix is positive definite whatever was answered, so that it can always be solved.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from service.domain.coaching.hint_learning import NOISE, NOTHING_LEARNED, PRIOR_SPREAD, Preference, Sample


class BayesianPreferences:
    """The PreferenceLearner port."""

    def fit(self, samples: Sequence[Sample]) -> Preference:
        """The posterior over what each feature adds."""
        if not samples:
            return NOTHING_LEARNED
        names = tuple(sorted({name for sample in samples for name in sample.features}))
        at = {name: place for place, name in enumerate(names)}
        table = np.zeros((len(samples), len(names)))
        for row, sample in enumerate(samples):
            for name, value in sample.features.items():
                table[row, at[name]] = value
        weights = np.asarray([sample.weight for sample in samples]) / NOISE**2
        told = np.asarray([sample.beyond for sample in samples])
        covariance = np.linalg.inv(np.eye(len(names)) / PRIOR_SPREAD**2 + table.T @ (table * weights[:, None]))
        mean = covariance @ (table.T @ (weights * told))
        seen = Counter(name for sample in samples for name in sample.features)
        return Preference(
            at,
            tuple(float(value) for value in mean),
            tuple(tuple(float(value) for value in line) for line in covariance),
            dict(seen),
        )
