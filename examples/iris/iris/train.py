"""Model training: choose by cross-validation inside the training rows, and fit on all of them."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from iris.files import read_table, say, write_facts

GRID = {"classify__C": [0.03, 0.1, 0.3, 1.0, 3.0, 10.0]}
FOLDS = 5


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--training", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    options = parser.parse_args()
    seed = int(os.environ["PARAM_SEED"])
    flowers = read_table(options.training)
    # The scaler is inside: each fold scales by its own training rows.
    model = Pipeline([("scale", StandardScaler()), ("classify", LogisticRegression(max_iter=1000))])
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    search = GridSearchCV(model, GRID, scoring="f1_macro", cv=folds, error_score="raise")
    # Arrays without names: KServe's server passes what a request has as an array.
    search.fit(
        np.array([flower.measures for flower in flowers]),
        np.array([flower.species for flower in flowers]),
    )
    joblib.dump(search.best_estimator_, options.model)
    report = {
        "parameters": {**search.best_params_, "seed": seed, "folds": FOLDS},
        "cv_f1_macro": float(search.best_score_),
    }
    write_facts(options.report, report)
    say(f"{search.best_params_}, F1 {search.best_score_:.3f} in cross-validation")


if __name__ == "__main__":
    main()
