"""Model evaluation: let a model pass that is good enough, learnt something, and isn't a step back.

It is judged on the rows held out: against the parameter `minimum-accuracy`, against guessing by
the shares of the species, and against the model that is served now, if there is one.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import joblib
import mlflow
import numpy as np
from mlflow.exceptions import MlflowException
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, f1_score

from iris.files import Flower, read_table, say, write_facts

ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}
"""What MLflow answers where there is no such model, and where it has no such alias."""


def scores(model: Any, holdout: list[Flower]) -> dict[str, float]:  # noqa: ANN401 - any estimator
    """Return how good *model* is on rows it hasn't seen."""
    truth = np.array([flower.species for flower in holdout])
    found = model.predict(np.array([flower.measures for flower in holdout]))
    return {
        "accuracy": float(accuracy_score(truth, found)),
        "f1_macro": float(f1_score(truth, found, average="macro", zero_division=0)),
    }


def champion(name: str, alias: str) -> tuple[str, Any] | None:
    """Return version and model of what is served now; None when there is nothing yet."""
    try:
        version = mlflow.MlflowClient().get_model_version_by_alias(name, alias).version
    except MlflowException as error:
        if error.error_code in ABSENT:
            return None
        raise
    return str(version), mlflow.sklearn.load_model(f"models:/{name}/{version}")


def objections(
    own: dict[str, float], least: float, baseline: dict[str, float], now: dict[str, float] | None
) -> list[str]:
    """Return why a model with the scores *own* must not be served; *now* are the champion's."""
    found = []
    if own["accuracy"] < least:
        found.append(f"accuracy {own['accuracy']:.3f}, under minimum-accuracy {least}")
    if own["f1_macro"] <= baseline["f1_macro"]:
        found.append(
            f"F1 {own['f1_macro']:.3f}, no better than guessing {baseline['f1_macro']:.3f}"
        )
    if now and own["f1_macro"] < now["f1_macro"]:
        found.append(f"F1 {own['f1_macro']:.3f}, under the champion's {now['f1_macro']:.3f}")
    return found


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--model", "--training", "--holdout", "--out"):
        parser.add_argument(name, type=Path, required=True)
    options = parser.parse_args()
    training, holdout = read_table(options.training), read_table(options.holdout)
    model = joblib.load(options.model)
    guess = DummyClassifier(strategy="prior").fit(
        [flower.measures for flower in training], [flower.species for flower in training]
    )
    served = champion(os.environ["MODEL_NAME"], os.environ["CHAMPION"])
    own, baseline = scores(model, holdout), scores(guess, holdout)
    now = scores(served[1], holdout) if served else None
    say(f"candidate {own}, guessing {baseline}, champion {now or 'not there yet'}")
    if found := objections(own, float(os.environ["PARAM_MINIMUM_ACCURACY"]), baseline, now):
        sys.exit("\n".join(["the model is refused:", *found]))
    measures = np.array([flower.measures for flower in holdout])
    write_facts(
        options.out,
        {
            "metrics": {**own, "baseline_f1_macro": baseline["f1_macro"]},
            "champion": {"version": served[0], **now} if served and now else None,
            "instances": measures.tolist(),
            "predictions": model.predict(measures).tolist(),
        },
    )


if __name__ == "__main__":
    main()
