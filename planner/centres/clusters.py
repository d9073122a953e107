"""Clusters of points by density, the same whatever the order of rows.

Method: HDBSCAN (Campello, Moulavi, Sander 2013; scikit-learn) on projected metres.
"""

from __future__ import annotations

import numpy as np
from sklearn.cluster import HDBSCAN

__all__ = ["cluster"]


def cluster(xy: np.ndarray, *, min_cluster_size: int, min_samples: int) -> np.ndarray:
    """Return the cluster number of each point, -1 for none; xy in metres, shape (n, 2).

    Clusters are numbered from west to east (by their westernmost, then southernmost point).

    >>> corners = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    >>> cluster(np.vstack([corners, corners + 500, [[250.0, 250]]]), min_cluster_size=3, min_samples=2)
    array([ 0,  0,  0,  0,  1,  1,  1,  1, -1])
    """
    labels = np.full(len(xy), -1)
    if len(xy) < max(min_cluster_size, min_samples) + 1:
        return labels
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    model = HDBSCAN(min_cluster_size=min_cluster_size, min_samples=min_samples, copy=True)
    found = model.fit(xy[order]).labels_
    first_seen = {label: n for n, label in enumerate(dict.fromkeys(found[found >= 0]))}
    labels[order] = [first_seen.get(label, -1) for label in found]
    return labels
