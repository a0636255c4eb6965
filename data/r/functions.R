# ---- Reading ---------------------------------------------------------------------------------

script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
folder <- if (length(script) == 1) dirname(script) else "."

# Everything is read as text first: "NA" and "None" are answers and names, not missing values.
read_text <- function(file) {
  read.csv(file.path(folder, file), na.strings = "", colClasses = "character", check.names = FALSE,
           encoding = "UTF-8")
}

# Then each column gets the type that the codebook names.
as_type <- function(values, type) {
  switch(type, integer = as.integer(values), double = as.numeric(values), boolean = values == "t", values)
}
read_wide <- function(name) {
  wide <- read_text(paste0(name, ".csv"))
  codebook <- read_text(paste0(name, "_codebook.csv"))
  for (row in seq_len(nrow(codebook))) {
    column <- codebook$column[row]
    if (column %in% names(wide)) wide[[column]] <- as_type(wide[[column]], codebook$type[row])
  }
  # Who answers: the sheet that the persona was written from, or a persona without a sheet. Personas
  # from one sheet are not independent, and count as one person.
  wide$person <- ifelse(is.na(wide$personality_id), -wide$persona_id, wide$personality_id)
  unknown <- which(is.na(wide$person))
  wide$person[unknown] <- UNKNOWN - unknown
  wide$persona <- ifelse(is.na(wide$persona_id), wide$person, wide$persona_id)
  list(rows = wide, codebook = codebook)
}
UNKNOWN <- -2^30

files <- unique(vapply(questionnaires, function(q) q$file, ""))
data <- setNames(lapply(files, read_wide), files)

# ---- Rows, points, scores --------------------------------------------------------------------

# The administrations of a cell that succeeded.
rows_of <- function(cell) {
  rows <- data[[questionnaires[[cell$questionnaire]]$file]]$rows
  keep <- rows$succeeded %in% TRUE & rows$group %in% cell$groups & rows$population %in% cell$population
  if (!is.na(cell$model_id)) keep <- keep & rows$model %in% cell$model_id
  rows[keep, ]
}

# What answers to an item score, before a scale turns them round.
points_of_answers <- function(answers, q, id) {
  if (id %in% names(q$keys)) return(as.numeric(answers == q$keys[[id]]))
  own <- q$points[[id]]
  found <- match(as.character(answers), names(own))
  ifelse(is.na(found), as.numeric(answers), own[found])
}
points_of <- function(rows, q, id) {
  codebook <- data[[q$file]]$codebook
  column <- codebook$column[codebook$id %in% id][1]
  points <- points_of_answers(rows[[column]], q, id)
  # Of an answer as probabilities, the expected points.
  expected <- rows[[paste0(column, "_expected")]]
  if (is.null(expected)) points else ifelse(is.na(expected), points, expected)
}

# What points count on a scale: turned round where the weight is negative, times its size.
weigh <- function(points, item) {
  abs(item$weight) * (if (item$weight < 0) item$low + item$high - points else points)
}

# Complete rows, one column for each item of a scale; `attr(, "rows")` says which they are.
item_points <- function(cell, scale) {
  q <- questionnaires[[cell$questionnaire]]
  items <- q$scales[[scale]]$items
  rows <- rows_of(cell)
  columns <- lapply(seq_len(nrow(items)), function(i) weigh(points_of(rows, q, items$id[i]), items[i, ]))
  points <- matrix(unlist(columns), nrow(rows), nrow(items), dimnames = list(NULL, items$id))
  whole <- stats::complete.cases(points)
  structure(points[whole, , drop = FALSE], rows = rows[whole, ])
}

# The column of a scale's scores, which are by the instrument's own rule.
score_column <- function(q, scale) {
  codebook <- data[[q$file]]$codebook
  codebook$column[is.na(codebook$id) & codebook$scale %in% scale][1]
}

# One score a person: the mean over draws and administrations.
person_scores <- function(cell, scale) {
  rows <- rows_of(cell)
  score <- rows[[score_column(questionnaires[[cell$questionnaire]], scale)]]
  tapply(score[!is.na(score)], rows$person[!is.na(score)], mean)
}

# Scores of the sheets, by the same rule.
sheet_scores <- function(q, scale) {
  sheets <- read_text(if (sheets_are_published) "reference_questionnaires.csv" else "sheet_answers.csv")
  if (!sheets_are_published) sheets <- sheets[sheets$kind == "reference", ]
  items <- q$scales[[scale]]$items
  # Yes and No are t and f.
  yes <- match(sheets$answer, c("f", "t")) - 1
  answer <- ifelse(is.na(yes), suppressWarnings(as.integer(sheets$answer)), yes)
  person <- as.integer(sheets$personality_id)
  numbers <- as.integer(sheets$question_number)
  columns <- sapply(seq_len(nrow(items)), function(i) {
    own <- numbers == items$number[i]
    points <- points_of_answers(answer[own], q, items$id[i])
    weigh(points, items[i, ])[match(unique(person), person[own])]
  })
  score <- rowSums(columns)
  if (q$scales[[scale]]$rule == "mean") score <- score / sum(abs(items$weight))
  setNames(score, unique(person))
}

# ---- Statistics ------------------------------------------------------------------------------

# Persons in both.
pair_up <- function(first, second) {
  first <- first[!is.na(first) & as.numeric(names(first)) > UNKNOWN]
  second <- second[!is.na(second)]
  both <- intersect(names(first), names(second))
  data.frame(person = both, first = as.numeric(first[both]), second = as.numeric(second[both]))
}
with_sheets <- function(cell, scale) {
  pair_up(person_scores(cell, scale), sheet_scores(questionnaires[[cell$questionnaire]], scale))
}
paired <- function(pairs) t.test(pairs$first - pairs$second)
correlate <- function(first, second) {
  pairs <- pair_up(first, second)
  cor.test(pairs$first, pairs$second)
}

# Agreement of two columns for each person, with the difference of their means counted: ICC(A,1).
icc_a1 <- function(pairs) {
  n <- nrow(pairs)
  means <- rowMeans(pairs[2:3])
  between <- 2 * sum((means - mean(means))^2) / (n - 1)
  columns <- n * sum((colMeans(pairs[2:3]) - mean(means))^2)
  total <- sum((as.matrix(pairs[2:3]) - mean(means))^2)
  rest <- (total - between * (n - 1) - columns) / (n - 1)
  (between - rest) / (between + rest + 2 / n * (columns - rest))
}

# Of complete rows, without turning items round by their correlations.
cronbach_alpha <- function(points) {
  k <- ncol(points)
  k / (k - 1) * (1 - sum(apply(points, 2, var)) / var(rowSums(points)))
}

# The mean over persons of the share of their administrations.
share_by_person <- function(hit, person) mean(tapply(hit, person, mean))
share_at <- function(cell, scale, target) {
  rows <- rows_of(cell)
  score <- rows[[score_column(questionnaires[[cell$questionnaire]], scale)]]
  share_by_person(score[!is.na(score)] == target, rows$person[!is.na(score)])
}
share_of_answer <- function(cell, id, answer) {
  rows <- rows_of(cell)
  codebook <- data[[questionnaires[[cell$questionnaire]]$file]]$codebook
  share_by_person(rows[[codebook$column[codebook$id %in% id][1]]] %in% answer, rows$person)
}

# ---- The same numbers as in the report -------------------------------------------------------

checks <- data.frame()
check <- function(what, found, reported) {
  found <- as.numeric(found)
  equal <- isTRUE(abs(found - reported) <= 1e-8 * max(1, abs(reported)))
  checks <<- rbind(checks, data.frame(what, found, reported, equal))
}

