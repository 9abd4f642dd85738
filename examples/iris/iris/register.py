"""Model registration: log run and model in MLflow, and hand on the files that MLflow has now.

The load test gets what was downloaded again, so it tests what would be served, not what was
uploaded. No alias is set: nothing serves a version that has none.
"""

from __future__ import annotations

import argparse
import os
from importlib.metadata import version as installed
from pathlib import Path

import joblib
import mlflow
import numpy as np
from mlflow.models import infer_signature

from iris.files import digest, read_facts, read_table, say, write_facts

MADE_OF = ("joblib", "numpy", "pandas", "scikit-learn", "scipy", "threadpoolctl")
"""What has to be installed where the model is loaded."""


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--model", "--training", "--report", "--evaluation", "--files", "--version"):
        parser.add_argument(option, type=Path, required=True)
    options = parser.parse_args()
    name = os.environ["MODEL_NAME"]
    report, evaluation = read_facts(options.report), read_facts(options.evaluation)
    measures = np.array([flower.measures for flower in read_table(options.training)])
    model = joblib.load(options.model)
    with mlflow.start_run() as run:
        mlflow.log_params({**report["parameters"], "dataset": os.environ["PARAM_DATASET"]})
        mlflow.log_metrics({**evaluation["metrics"], "cv_f1_macro": report["cv_f1_macro"]})
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(measures, model.predict(measures)),
            input_example=measures[:2],
            pip_requirements=[f"{library}=={installed(library)}" for library in MADE_OF],
            registered_model_name=name,
        )
    number = str(logged.registered_model_version)
    client = mlflow.MlflowClient()
    for tag, value in evaluation["metrics"].items():
        client.set_model_version_tag(name, number, tag, f"{value:.4f}")
    files = mlflow.artifacts.download_artifacts(f"models:/{name}/{number}", dst_path=options.files)
    found = {"name": name, "version": number, "run": run.info.run_id}
    write_facts(options.version, {**found, "sha256": digest(Path(files, "model.pkl"))})
    say(f"version {number} of {name}, from run {run.info.run_id}")


if __name__ == "__main__":
    main()
