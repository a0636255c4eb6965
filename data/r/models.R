
cat("The report's numbers, computed again:\n")
for (row in seq_len(nrow(checks))) {
  cat(sprintf("  %s %s = %.6f (report: %.6f)\n", if (checks$equal[row]) "equal    " else "DIFFERENT",
              checks$what[row], checks$found[row], checks$reported[row]))
}
if (nrow(checks) == 0) cat("  none: the report has no such numbers yet\n")

# ---- Mixed models ----------------------------------------------------------------------------

# One row for each administration, with everything that may vary.
model_data <- function(name, model, scale) {
  own <- Filter(function(cell) cell$questionnaire == name && cell$model == model && !cell$is_reference, cells)
  q <- questionnaires[[name]]
  parts <- lapply(own, function(cell) {
    rows <- rows_of(cell)
    factors <- rows[grep("^factor_", names(rows), value = TRUE)]
    data.frame(score = rows[[score_column(q, scale)]], sheet = factor(rows$person),
               persona = factor(rows$persona), condition = cell$condition, factors)
  })
  data <- do.call(rbind, parts)
  data <- data[!is.na(data$score), ]
  data$condition <- factor(data$condition, unique(vapply(own, function(cell) cell$condition, "")))
  droplevels(data)
}

# Where nobody's scores differ, nothing is left for the residual, and what lmer returns is no estimate: lme4
# 1.1-31 gave -1.5 for a difference of -0.5. One row of each then says everything.
once_each <- function(data, of, words) {
  own <- split(data, of, drop = TRUE)
  if (length(own) == nrow(data) || any(vapply(own, function(rows) diff(range(rows$score)) > 1e-9, TRUE))) return(data)
  cat("  ", words, "\n", sep = "")
  constant <- vapply(names(data), function(column) {
    column %in% c("score", "persona") || all(vapply(own, function(rows) length(unique(rows[[column]])) == 1, TRUE))
  }, TRUE)
  droplevels(data[!duplicated(of), constant])
}

# score ~ condition + factors + (1 | sheet) + (1 | sheet:persona), as far as each varies, and for the condition
# and each factor a term of its own: (1 | sheet:condition) where a sheet has several personas in a condition,
# (1 | sheet:persona:factor) where a persona was asked several times at a level. They have in common how that
# sheet or persona takes to it; taken as independent, they would show differences that are none. What is left
# are the administrations of one persona.
model_formula <- function(data) {
  varies <- function(values) length(unique(values[!is.na(values)])) > 1
  fixed <- Filter(function(column) varies(data[[column]]), setdiff(names(data), c("score", "sheet", "persona")))
  several <- function(values, by) any(tapply(as.character(values), by, function(own) length(unique(own))) > 1)
  row <- seq_len(nrow(data))
  by_level <- function(owner, of, unit) unlist(lapply(fixed, function(column) {
    at_level <- interaction(of, data[[column]], drop = TRUE)
    if (several(data[[column]], of) && several(unit, at_level)) sprintf("(1 | %s:%s)", owner, column)
  }))
  random <- c(if (several(row, data$sheet)) "(1 | sheet)",
              by_level("sheet", data$sheet, data$persona),
              if (several(data$persona, data$sheet) && several(row, data$persona)) "(1 | sheet:persona)",
              by_level("sheet:persona", data$persona, row))
  list(formula = as.formula(paste("score ~", paste(c("1", fixed, random), collapse = " + "))),
       is_mixed = length(random) > 0)
}

mixed <- function(name, model, scale) {
  cat(sprintf("\n%s of %s, %s\n", scale, name, model))
  data <- model_data(name, model, scale)
  if (nrow(data) < 3 || length(unique(data$score)) < 2) return(cat("  the scores do not vary\n"))
  data <- once_each(data, data$persona, "everybody had the same score each time: one row for each persona")
  if (!is.null(data$condition))
    data <- once_each(data, interaction(data$sheet, data$condition), "no draws differ: one row for each sheet and condition")
  terms <- model_formula(data)
  cat("  ", deparse(terms$formula, width.cutoff = 500), "\n", sep = "")
  if (!terms$is_mixed) cat("  one row for each person: a linear model without random terms\n")
  fit <- tryCatch(suppressMessages(if (terms$is_mixed) lme4::lmer(terms$formula, data) else lm(terms$formula, data)),
                  error = function(problem) cat("  not fitted:", conditionMessage(problem), "\n"))
  if (is.null(fit)) return(invisible())
  if (isTRUE(sigma(fit) < 1e-6 * sd(data$score))) return(cat("  not fitted: nothing is left for the residual\n"))
  if (terms$is_mixed) print(as.data.frame(lme4::VarCorr(fit))[c("grp", "vcov", "sdcor")], row.names = FALSE)
  print(round(coef(summary(fit)), 4))
  invisible(fit)
}

# ---- Confirmatory factor analysis ------------------------------------------------------------

# Points of one administration of each person, without items that nobody answers differently.
factor_data <- function(cell, ids) {
  q <- questionnaires[[cell$questionnaire]]
  rows <- rows_of(cell)
  rows <- rows[!duplicated(rows$person), ]
  points <- as.data.frame(setNames(lapply(ids, function(id) points_of(rows, q, id)), make.names(paste0("i", ids))))
  points <- points[stats::complete.cases(points), , drop = FALSE]
  points[vapply(points, function(column) length(unique(column)) > 1, TRUE)]
}

# One factor for each scale; an item on two scales loads on both. lavaan's text of the model.
factor_model <- function(name, scales, columns) {
  q <- questionnaires[[name]]
  lines <- vapply(scales, function(scale) {
    own <- intersect(make.names(paste0("i", q$scales[[scale]]$items$id)), columns)
    if (length(own) < 3) "" else paste(make.names(scale), "=~", paste(own, collapse = " + "))
  }, "")
  paste(lines[lines != ""], collapse = "\n")
}

# Items with up to 4 different points are ordered categories (WLSMV), others continuous (MLR).
confirm <- function(cell, scales) {
  cat(sprintf("\n%s of %s, %s, %s\n", paste(scales, collapse = ", "), cell$questionnaire, cell$model, cell$condition))
  q <- questionnaires[[cell$questionnaire]]
  data <- factor_data(cell, unique(unlist(lapply(q$scales[scales], function(scale) scale$items$id))))
  model <- factor_model(cell$questionnaire, scales, names(data))
  if (model == "") return(cat("  fewer than 3 items vary\n"))
  if (nrow(data) <= ncol(data)) return(cat("  not more persons than items\n"))
  ordered <- max(vapply(data, function(column) length(unique(column)), 1)) <= 4
  cat(paste0("  ", strsplit(model, "\n")[[1]], collapse = "\n"), "\n")
  fit <- tryCatch(suppressWarnings(lavaan::cfa(model, data, std.lv = TRUE, ordered = ordered,
                                               estimator = if (ordered) "WLSMV" else "MLR")),
                  error = function(problem) cat("  not fitted:", conditionMessage(problem), "\n"))
  if (is.null(fit)) return(invisible())
  if (!lavaan::lavInspect(fit, "converged")) return(cat("  does not converge\n"))
  robust <- c("chisq.scaled", "df.scaled", "pvalue.scaled", "cfi.scaled", "rmsea.scaled", "srmr")
  measures <- tryCatch(lavaan::fitMeasures(fit), error = function(problem) NULL)
  if (!is.null(measures)) print(round(measures[intersect(robust, names(measures))], 3))
  loadings <- lavaan::standardizedSolution(fit, se = FALSE)
  print(loadings[loadings$op == "=~", c("lhs", "rhs", "est.std")], row.names = FALSE, digits = 3)
  # Whether conditions or models measure the same: bind the factor_data of several cells with a
  # column for the cell, and add group = "cell" and group.equal = c("loadings", "intercepts").
  invisible(fit)
}

