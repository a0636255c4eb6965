#!/usr/bin/env bash
# semopy 2.3.11: of two confirmatory models with equally many parameters, AIC and BIC are lower for the one that fits
# worse.
#
# What was done: 400 simulated persons answered six items of two factors, three items each. Two models with 13
# parameters were fitted: one has the items on their own factors, one has two items exchanged.
# What was seen: chi-square and CFI tell the models apart (about 7 and 1.00 against 466 and 0.54 with 8 degrees of
# freedom), but AIC is about 26.0 for the right model and 23.7 for the wrong one. The value reported as the
# log-likelihood is the minimised discrepancy (chi-square / n), which grows with misfit and is far from a
# log-likelihood of these data (about -2944 and -3227 in R's lavaan 0.6-14, which ranks the models the other way).
# What it means: choosing a factor structure of a questionnaire by semopy's AIC or BIC chooses the worse one.
# Exits with 0 while this is so, with 1 when it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  semopy==2.3.11 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
cat > try.py <<'PY'
import warnings

import numpy
import pandas
import semopy

warnings.filterwarnings("ignore")
draw = numpy.random.default_rng(2)
persons = 400
factors = draw.multivariate_normal([0, 0], [[1, 0.2], [0.2, 1]], size=persons)
columns = [
    0.8 * factors[:, factor] + 0.6 * draw.normal(size=persons)
    for factor in (0, 0, 0, 1, 1, 1)
]
answers = pandas.DataFrame(numpy.column_stack(columns), columns=list("abcdef"))
models = {
    "right": "F =~ a + b + c\nG =~ d + e + f",
    "wrong": "F =~ a + b + d\nG =~ c + e + f",
}
seen = {}
for name, description in models.items():
    model = semopy.Model(description)
    model.fit(answers)
    fit = semopy.calc_stats(model)
    seen[name] = {key: float(fit[key].iloc[0]) for key in ("DoF", "chi2", "CFI", "LogLik", "AIC", "BIC")}
    print(name, {key: round(value, 2) for key, value in seen[name].items()})
right, wrong = seen["right"], seen["wrong"]
as_found = (
    right["DoF"] == wrong["DoF"]
    and wrong["chi2"] > 10 * right["chi2"]
    and wrong["AIC"] < right["AIC"]
    and wrong["BIC"] < right["BIC"]
    and wrong["LogLik"] > right["LogLik"]
    and abs(wrong["LogLik"] - wrong["chi2"] / persons) < 0.01
)
print("as found" if as_found else "this has changed")
raise SystemExit(0 if as_found else 1)
PY
venv/bin/python try.py
