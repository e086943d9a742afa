"""A tuning session as a notebook would hold it: search, log, register, promote, load back, ask the server.

    python workshop.py --uri http://127.0.0.1:5000 --format skops [--trials 3]

Each serialization format is tried on another kind of model, so that the three runs together cover string labels,
integer labels and a regressor. Anything unexpected raises; the last line is a JSON summary.
"""

import argparse
import json
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Callable

import mlflow
import numpy as np
import optuna
import pandas as pd
from mlflow import MlflowClient
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.model_selection import cross_val_score, train_test_split


def wine_by_name():
    data = load_wine(as_frame=True)
    return data.data, data.target.map(lambda code: data.target_names[code]).astype(object)


@dataclass
class Task:
    estimator: Callable
    data: Callable
    scoring: str

    def model(self, params):
        return self.estimator(**params, random_state=7)


TASKS = {
    "cloudpickle": Task(RandomForestClassifier, wine_by_name, "accuracy"),
    "pickle": Task(ExtraTreesClassifier, lambda: load_iris(return_X_y=True, as_frame=True), "accuracy"),
    "skops": Task(RandomForestRegressor, lambda: load_diabetes(return_X_y=True, as_frame=True), "r2"),
}


class Session:
    """One pass through the workshop against one server."""

    def __init__(self, uri, serialization_format, trials):
        mlflow.set_tracking_uri(uri)
        self.uri, self.format, self.trials = uri, serialization_format, trials
        self.task = TASKS[serialization_format]
        self.client = MlflowClient()
        self.name = f"workshop {serialization_format} {uuid.uuid4().hex[:8]}"
        features, target = self.task.data()
        self.train_x, self.test_x, self.train_y, self.test_y = train_test_split(
            features, target, test_size=0.25, random_state=7
        )

    def play(self):
        self.experiment_id = mlflow.set_experiment(self.name).experiment_id
        parents = [self.search_parameters(seed) for seed in (1, 2)]
        self.check_tree(parents)
        self.check_order()
        versions = {run_id: self.register(run_id) for run_id, _ in parents}
        run_id, model = max(parents, key=lambda parent: self.client.get_run(parent[0]).data.metrics["held_out"])
        self.promote(versions[run_id])
        self.check_loaded(model)
        self.check_invocations(model)
        worst = self.check_predict(model, run_id, versions[run_id])
        return {"format": self.format, "estimator": self.task.estimator.__name__, "rows": len(self.test_x), "worst": worst}

    def search_parameters(self, seed):
        with mlflow.start_run(run_name=f"search {seed}") as parent:
            study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=seed))
            study.optimize(self.trial, n_trials=self.trials)
            model = self.task.model(study.best_params).fit(self.train_x, self.train_y)
            mlflow.log_params(study.best_params)
            mlflow.log_metrics({"best_cross_validated": study.best_value, "held_out": model.score(self.test_x, self.test_y)})
            mlflow.set_tag("optimizer", "random search")
            mlflow.log_input(mlflow.data.from_pandas(self.train_x, name=self.format), context="training")
            trusted = {"skops_trusted_types": ["sklearn.tree._tree.Tree"]} if self.format == "skops" else {}
            mlflow.sklearn.log_model(
                model,
                name="forest",
                serialization_format=self.format,
                input_example=self.train_x.head(2),
                pip_requirements=["scikit-learn"],
                **trusted,
            )
            return parent.info.run_id, model

    def trial(self, trial):
        params = {
            "n_estimators": trial.suggest_int("n_estimators", 5, 15),
            "max_depth": trial.suggest_int("max_depth", 2, 12),
            "max_features": trial.suggest_float("max_features", 0.3, 1.0),
        }
        with mlflow.start_run(nested=True, run_name=f"trial {trial.number}"):
            scores = cross_val_score(self.task.model(params), self.train_x, self.train_y, cv=3, scoring=self.task.scoring)
            mlflow.log_params(params)
            for fold, score in enumerate(scores):
                mlflow.log_metric("fold", score, step=fold)
            mlflow.log_metric("mean", scores.mean())
            return scores.mean()

    def check_tree(self, parents):
        """Every trial is a finished child of its own search, with its three parameters and its history of folds."""
        for run_id, _ in parents:
            children = self.client.search_runs([self.experiment_id], f"tags.`mlflow.parentRunId` = '{run_id}'")
            assert len(children) == self.trials, len(children)
            for child in children:
                assert child.info.status == "FINISHED" and len(child.data.params) == 3, child
                history = self.client.get_metric_history(child.info.run_id, "fold")
                assert [point.step for point in history] == [0, 1, 2], history
                assert child.data.metrics["fold"] == history[-1].value
            (dataset,) = self.client.get_run(run_id).inputs.dataset_inputs
            assert dataset.dataset.name == self.format

    def check_order(self):
        table = mlflow.search_runs(
            [self.experiment_id], filter_string="metrics.mean > -10 AND attributes.status = 'FINISHED'", order_by=["metrics.mean DESC"]
        )
        assert len(table) == 2 * self.trials, len(table)
        assert table["metrics.mean"].is_monotonic_decreasing

    def register(self, run_id):
        (logged,) = self.client.search_logged_models([self.experiment_id], filter_string=f"source_run_id = '{run_id}'")
        assert logged.status == "READY"
        return mlflow.register_model(logged.model_uri, self.name, await_registration_for=0).version

    def promote(self, version):
        self.client.set_model_version_tag(self.name, version, "checked", "yes")
        self.client.update_model_version(self.name, version, description="the better of two searches")
        self.client.set_registered_model_alias(self.name, "champion", version)
        promoted = self.client.get_model_version_by_alias(self.name, "champion")
        assert promoted.version == version and promoted.tags == {"checked": "yes"}, promoted
        assert len(self.client.search_model_versions(f"name = '{self.name}'")) == 2

    def check_loaded(self, model):
        loaded = mlflow.pyfunc.load_model(f"models:/{self.name}@champion")
        assert np.array_equal(loaded.predict(self.test_x), model.predict(self.test_x))

    def ask(self, route, body):
        url = f"{self.uri}/models/{urllib.parse.quote(self.name)}@champion/{route}"
        request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def check_invocations(self, model):
        """Both table forms, one of them with its columns reversed, give what scikit-learn gives."""
        expected = model.predict(self.test_x)
        backwards = self.test_x[self.test_x.columns[::-1]]
        forms = [
            {"dataframe_split": self.test_x.to_dict(orient="split")},
            {"dataframe_records": backwards.to_dict(orient="records")},
        ]
        for form in forms:
            self.same(self.ask("invocations", form)["predictions"], expected)

    def check_predict(self, model, run_id, version):
        answer = self.ask("predict", self.test_x.to_dict(orient="records"))
        assert answer["model"] == {"name": self.name, "version": str(version), "alias": "champion", "run_id": run_id}, answer["model"]
        rows = answer["predictions"]
        if not hasattr(model, "predict_proba"):
            return self.same([row["value"] for row in rows], model.predict(self.test_x))
        self.same([row["label"] for row in rows], model.predict(self.test_x))
        served = pd.DataFrame([row["probabilities"] for row in rows])[[str(label) for label in model.classes_]]
        return self.same(served.to_numpy(), model.predict_proba(self.test_x))

    def same(self, served, expected):
        """Labels agree exactly and numbers to one part in a million; returns the largest difference."""
        served, expected = np.asarray(served), np.asarray(expected)
        assert served.shape == expected.shape, (served.shape, expected.shape)
        if expected.dtype.kind not in "f":
            assert (served == expected).all(), np.argwhere(served != expected)
            return 0.0
        worst = float(np.max(np.abs(served - expected) / np.maximum(1, np.abs(expected))))
        assert worst < 1e-6, worst
        return worst


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--uri", required=True)
    parser.add_argument("--format", choices=TASKS, required=True)
    parser.add_argument("--trials", type=int, default=3)
    args = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    print(json.dumps(Session(args.uri, args.format, args.trials).play()))


if __name__ == "__main__":
    main()
