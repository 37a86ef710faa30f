"""Train the router and write its array.

Deterministic; takes about two minutes. Needs the extra `train`.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from bot.understanding.router import ARRAY_FILE, BUCKET_BITS, buckets
from training.sentences import NATURAL, TRAINING, Sentence, digest_of_training, read_sentences

_STRENGTH = 0.5  # C of the support vector machine
_FOLDS = 3
_LEVELS = 15  # of a weight on each side of zero: as good as 127, in half the bytes
_FEW = 400  # actions with fewer sentences count more
Floats = NDArray[np.float32]


def main() -> None:
    """Write the array for the current sentences."""
    sentences = read_sentences(TRAINING)
    counted = _count_buckets([sentence.text for sentence in sentences])
    rarity = (
        np.log((1 + len(sentences)) / (1 + np.asarray(counted.sum(0)).ravel())).astype(np.float32)
        + 1
    )
    vectors = _weigh(counted, rarity)
    labels = np.array([sentence.action for sentence in sentences])
    importance = _importance(sentences)
    sharpness = _calibrate(vectors, labels, importance)
    model = _fit(vectors, labels, importance)
    weights = model.coef_.T.astype(np.float32)
    scale = np.abs(weights).max(0) / _LEVELS
    about = {
        "sentences": digest_of_training(),
        "intents": model.classes_.tolist(),
        "scale": (scale * sharpness).tolist(),
        "bias": (model.intercept_ * sharpness).tolist(),
    }
    _save(about, rarity, np.round(weights / scale).astype(np.int8))
    print(
        f"{len(sentences)} sentences, {len(model.classes_)} intents, "
        f"{ARRAY_FILE.stat().st_size} bytes"
    )


def _save(about: Mapping[str, object], rarity: Floats, weights: NDArray[np.int8]) -> None:
    """Write the array with only its non-zero weights, one in seven."""
    bucket, intent = np.nonzero(weights)
    begins = 2 * np.searchsorted(bucket, np.arange(len(weights) + 1))
    pairs = np.stack([intent.astype(np.int8), weights[bucket, intent]], axis=1)
    with ZipFile(ARRAY_FILE, "w", ZIP_DEFLATED, compresslevel=9) as stored:
        stored.writestr(ZipInfo("about.json"), json.dumps(about))  # without a timestamp
        for name, values in (
            ("rarity", rarity.astype("<f4")),
            ("begins", begins.astype("<u4")),
            ("weights", pairs),
        ):
            with stored.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, values, version=(1, 0))


def _count_buckets(texts: Sequence[str]) -> csr_matrix:
    rows = [buckets(text) for text in texts]
    ends = np.cumsum([0, *map(len, rows)])
    return csr_matrix(
        (np.ones(ends[-1], np.float32), np.concatenate(rows), ends), (len(rows), 1 << BUCKET_BITS)
    )


def _weigh(counted: csr_matrix, rarity: Floats) -> csr_matrix:
    """Return vectors of length one, like the router's."""
    vectors = counted.multiply(rarity).tocsr()
    lengths = np.sqrt(np.asarray(vectors.multiply(vectors).sum(1)).ravel())
    return vectors.multiply(1 / lengths[:, None]).tocsr()


def _importance(sentences: Sequence[Sentence]) -> Floats:
    """Give more weight to natural sentences and to actions with few sentences."""
    counts = Counter(sentence.action for sentence in sentences)
    factors = [
        (3 if row.kind in NATURAL else 1) * (4 if counts[row.action] < _FEW else 1)
        for row in sentences
    ]
    return np.array(factors, np.float32)


def _fit(vectors: csr_matrix, labels: NDArray[np.str_], importance: Floats) -> LinearSVC:
    model = LinearSVC(C=_STRENGTH, max_iter=3000, random_state=0)
    return model.fit(vectors, labels, sample_weight=importance)


def _calibrate(vectors: csr_matrix, labels: NDArray[np.str_], importance: Floats) -> float:
    """Return the factor that turns margins into likelihoods, found on sentences outside the fit."""
    known, number = np.unique(labels, return_inverse=True)
    margins = np.zeros((len(labels), len(known)))
    for learned, held in StratifiedKFold(_FOLDS, shuffle=True, random_state=0).split(
        vectors, labels
    ):
        model = _fit(vectors[learned], labels[learned], importance[learned])
        margins[held] = model.decision_function(vectors[held])

    def loss(sharpness: float) -> float:
        scores = margins * sharpness
        chances = scores - np.log(
            np.exp(scores - scores.max(1, keepdims=True)).sum(1, keepdims=True)
        )
        return float(
            -(chances - scores.max(1, keepdims=True))[np.arange(len(number)), number].mean()
        )

    return float(minimize_scalar(loss, bounds=(0.5, 20), method="bounded").x)


if __name__ == "__main__":
    main()
