"""Makes the model fixtures of the tests and of the demonstration, with the pinned clients (test/e2e/requirements.txt).

usage: python scripts/make-model-fixtures.py [--older]
Writes test/fixtures/iris.csv, two MLflow model folders, and small model files with Python's own predictions.
With --older it writes only the cases of the installed (older) scikit-learn, named by its version. The committed ones were made
on Python 3.11, each in a virtual environment with: scikit-learn 1.2.2, numpy 1.23.5, scipy<1.11; scikit-learn 1.3.2, numpy 1.26.4,
scipy<1.12; scikit-learn 1.4.2, numpy 1.26.4.
"""
import argparse
import json
import pickle
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn import ensemble, svm, tree
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import train_test_split

warnings.filterwarnings("ignore")
ROOT = Path(__file__).parent.parent / "test" / "fixtures"
X, y = load_iris(return_X_y=True)
DX, dy = load_diabetes(return_X_y=True)
PROBE = np.vstack([X, X[::7] + 0.05]).astype(float)


def case(name, model, rows, folder):
    """A pickle of the model beside the expected labels, probabilities or values."""
    (folder / f"{name}.pkl").write_bytes(pickle.dumps(model, protocol=0 if "p0" in name else 4 if "p4" in name else 5))
    expected = {"rows": [[None if np.isnan(v) else v for v in row] for row in rows.tolist()]}
    if hasattr(model, "predict_proba"):
        expected["classes"] = model.classes_.tolist()
        expected["labels"] = model.predict(rows).tolist()
        expected["probabilities"] = model.predict_proba(rows).tolist()
    else:
        expected["values"] = model.predict(rows).tolist()
    (folder / f"{name}.json").write_text(json.dumps(expected))


def families(folder, suffix=""):
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    forest = dict(n_estimators=7, max_depth=6, random_state=3)
    case(f"forest-string-labels{suffix}", ensemble.RandomForestClassifier(**forest).fit(X, names), PROBE, folder)
    case(f"extra-trees-binary-p4{suffix}", ensemble.ExtraTreesClassifier(**forest).fit(X, y == 1), PROBE, folder)
    case(f"tree{suffix}", tree.DecisionTreeClassifier(max_depth=4, random_state=1).fit(X, y), PROBE, folder)
    many = np.random.default_rng(0).integers(0, 12, len(X))
    weights = dict(max_depth=4, class_weight={label: 0.1 * (label + 1) for label in range(12)}, random_state=0)
    case(f"forest-weighted{suffix}", ensemble.RandomForestClassifier(n_estimators=3, **weights).fit(X, many), PROBE, folder)
    case(f"tree-weighted{suffix}", tree.DecisionTreeClassifier(**weights).fit(X, many), PROBE, folder)
    case(f"tree-p0{suffix}", tree.DecisionTreeClassifier(max_depth=4, random_state=1).fit(X, np.array(["é", "ü\n", "日本"])[y]), PROBE, folder)
    case(f"forest-regressor{suffix}", ensemble.RandomForestRegressor(n_estimators=5, max_depth=5, random_state=1).fit(DX, dy), DX[:60], folder)
    case(f"extra-trees-regressor{suffix}", ensemble.ExtraTreesRegressor(n_estimators=5, max_depth=5, random_state=1).fit(DX, dy), DX[:60], folder)
    case(f"tree-regressor{suffix}", tree.DecisionTreeRegressor(max_depth=5, random_state=1).fit(DX, dy), DX[:60], folder)


def missing_values(folder):
    rng = np.random.default_rng(0)
    holes = X.copy()
    holes[rng.random(X.shape) < 0.15] = np.nan
    case("forest-missing-values", ensemble.RandomForestClassifier(n_estimators=7, max_depth=5, random_state=2).fit(holes, y), holes, folder)


def refused(folder):
    (folder / "refused-svc.pkl").write_bytes(pickle.dumps(svm.SVC().fit(X, y)))
    many = ensemble.RandomForestClassifier(n_estimators=2, max_depth=2, random_state=0).fit(X, np.c_[y, y > 0])
    (folder / "refused-multi-output.pkl").write_bytes(pickle.dumps(many))


def model_folders():
    import mlflow
    import shutil
    from mlflow.models import infer_signature

    frame = load_iris(as_frame=True)
    frame.frame.to_csv(ROOT / "iris.csv", index=False)
    train, _, labels, _ = train_test_split(frame.data, frame.target, test_size=0.2, stratify=frame.target, random_state=42)
    for name, fmt, params in [("iris_accuracy", "cloudpickle", dict(n_estimators=20, max_depth=4)), ("iris_auroc", "skops", dict(n_estimators=30, max_depth=5, max_features=0.7))]:
        model = ensemble.RandomForestClassifier(**params, min_samples_leaf=3, random_state=42).fit(train, labels)
        target = ROOT / "models" / name
        shutil.rmtree(target, ignore_errors=True)
        extra = {"skops_trusted_types": ["sklearn.tree._tree.Tree"]} if fmt == "skops" else {}
        mlflow.sklearn.save_model(model, str(target), signature=infer_signature(train, model.predict(train)), input_example=train.head(3), serialization_format=fmt, **extra)
        expected = {"rows": frame.data.to_numpy().tolist(), "classes": model.classes_.tolist(), "labels": model.predict(frame.data).tolist(), "probabilities": model.predict_proba(frame.data).tolist()}
        (ROOT / "models" / f"{name}.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--older", action="store_true")
    folder = ROOT / "sklearn"
    folder.mkdir(parents=True, exist_ok=True)
    if parser.parse_args().older:
        families(folder, f"-{sklearn.__version__}")
    else:
        families(folder)
        missing_values(folder)
        refused(folder)
        model_folders()
