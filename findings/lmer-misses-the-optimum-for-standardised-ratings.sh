#!/usr/bin/env bash
# lme4 1.1-31 and psych 2.2.9 (R): of ratings that were standardised by rater, lmer stops short of the REML estimate,
# and psych's ICC, which uses lmer by default, gives .71 where .63 is right.
#
# What was done: two simulated ratings of 100 persons, whole numbers, were standardised by scale(), so that both have
# the mean 0. ICC was computed as psych does by default, and with lmer = FALSE, by the mean squares of Shrout and Fleiss
# (1979). The mixed model behind it was fitted with lme4's default optimizer, with two others, and without the raters.
# What was seen: ICC2, of absolute agreement, is 0.707 by default and 0.630 by mean squares; Pearson's correlation is
# 0.628. The default fit has a REML criterion of 520.4. With bobyqa, with Nelder_Mead, and without the raters, whose
# variance is 0 in every one of these fits, it is 518.5. A model cannot fit worse than the same model with one term less,
# so the default fit is not the REML estimate. It comes with the message "boundary (singular) fit", as the right fits do.
# All of 40 other samples of this kind are too high by more than 0.01. Where the means differ by as little as 0.0001, the
# default is right.
# What it means: the agreement of scores that were standardised first is overstated, without an error.
# Needs R, apt-get and dpkg (Debian 12). Exits with 0 while this is so, with 1 when it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download --quiet \
  r-cran-psych=2.2.9-1 r-cran-lme4=1.1-31-1 r-cran-mnormt=2.1.1-2 r-cran-nlme=3.1.162-1 r-cran-lattice=0.20-45-3 \
  r-cran-matrix=1.5-3-1 r-cran-mass=7.3-58.2-1 r-cran-minqa=1.2.5-1 r-cran-nloptr=2.0.3-1 r-cran-rcpp=1.0.10-1 \
  r-cran-boot=1.3-28.1-1 libnlopt0=2.7.1-5 >/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
cat > try.R <<'R'
suppressMessages({library(lme4); library(psych)})
ratings <- function(seed) {
  set.seed(seed)
  person <- rnorm(100, 12, 3)
  scale(round(cbind(person + rnorm(100, 0, 2), person + rnorm(100, 0, 2))))
}
icc2 <- function(x, ...) suppressMessages(ICC(x, ...))$results[2, "ICC"]
x <- ratings(1)
cat("lme4", format(packageVersion("lme4")), "psych", format(packageVersion("psych")), "\n")
shifted <- cbind(x[, 1], x[, 2] + 0.0001)
cat(sprintf("ICC2: %.3f by default, %.3f by mean squares; r = %.3f\n", icc2(x), icc2(x, lmer = FALSE), cor(x)[1, 2]))
cat(sprintf("ICC2, one mean moved by 0.0001: %.3f by default, %.3f by mean squares\n", icc2(shifted), icc2(shifted, lmer = FALSE)))
long <- data.frame(y = c(x), person = factor(rep(1:100, 2)), rater = factor(rep(1:2, each = 100)))
for (optimizer in c("nloptwrap", "bobyqa", "Nelder_Mead")) {
  fit <- suppressMessages(lmer(y ~ 1 + (1 | person) + (1 | rater), long, control = lmerControl(optimizer = optimizer)))
  cat(sprintf("REML criterion with %s: %.1f; singular: %s\n", optimizer, REMLcrit(fit), isSingular(fit)))
}
cat(sprintf("REML criterion without raters: %.1f\n", REMLcrit(lmer(y ~ 1 + (1 | person), long))))
wrong <- sapply(2:41, function(seed) { x <- ratings(seed); icc2(x) - icc2(x, lmer = FALSE) > 0.01 })
cat("too high by more than 0.01:", sum(wrong), "of", length(wrong), "other samples\n")
R
R_LIBS="$folder/root/usr/lib/R/site-library:$folder/root/usr/lib/R/library" \
  LD_LIBRARY_PATH="$folder/root/usr/lib/$(uname -m)-linux-gnu" Rscript --vanilla try.R | tee seen
diff - seen <<'SEEN'
lme4 1.1.31 psych 2.2.9 
ICC2: 0.707 by default, 0.630 by mean squares; r = 0.628
ICC2, one mean moved by 0.0001: 0.631 by default, 0.630 by mean squares
REML criterion with nloptwrap: 520.4; singular: TRUE
REML criterion with bobyqa: 518.5; singular: TRUE
REML criterion with Nelder_Mead: 518.5; singular: TRUE
REML criterion without raters: 518.5
too high by more than 0.01: 40 of 40 other samples
SEEN
