#!/usr/bin/env bash
# NLTK 3.10.4: weighted kappa is wrong where max_distance is given, down to below 0 for answers that agree well.
#
# What was done: the answers of two administrations to 24 items from 1 to 5 were compared by AnnotationTask.weighted_kappa,
# with linear and with squared distances, whose largest are 4 and 16. Weights may be multiplied by any positive number
# without a change of kappa (Cohen 1968), so max_distance, by which distances are divided, should make no difference.
# What was seen: without max_distance, kappa is 0.815 with linear and 0.925 with squared distances, as in scikit-learn
# 1.9.1. With max_distance=4 and 16 it is 0.258 and -0.206. weighted_kappa_pairwise divides the expected disagreement by
# max_distance, but calls Do_Kw_pairwise, for the observed one, without it.
# What it means: repeated answers, or codings, that agree well seem not to. Leave max_distance out.
# Exits with 0 while this is so, with 1 when it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check nltk==3.10.4 scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
cat > try.py <<'PY'
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import cohen_kappa_score

first = [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 2, 2, 3, 3, 4, 4, 5, 5, 1, 1, 3, 2, 4, 5]
second = [1, 2, 3, 4, 5, 2, 2, 3, 5, 5, 1, 2, 3, 4, 4, 3, 5, 4, 1, 1, 2, 2, 4, 5]
answers = [
    (administration, str(item), answer)
    for administration, given in (("first", first), ("second", second))
    for item, answer in enumerate(given)
]
distances = {"linear": lambda a, b: abs(a - b), "quadratic": lambda a, b: (a - b) ** 2}
seen = {}
for weights, largest in (("linear", 4), ("quadratic", 16)):
    task = AnnotationTask(answers, distance=distances[weights])
    seen[weights] = (
        task.weighted_kappa(),
        task.weighted_kappa(max_distance=largest),
        cohen_kappa_score(first, second, weights=weights),
    )
    print(f"{weights}: {seen[weights][0]:.3f}; max_distance={largest}: {seen[weights][1]:.3f}; scikit-learn: {seen[weights][2]:.3f}")
as_found = all(
    abs(default - right) < 1e-9 and abs((1 - divided) / (1 - default) - largest) < 1e-9
    for (default, divided, right), largest in zip(seen.values(), (4, 16))
)
print("as found" if as_found else "this has changed")
raise SystemExit(0 if as_found else 1)
PY
venv/bin/python try.py
