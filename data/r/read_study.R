# From here on, the same in every export.

# A table by its name, such as "personas" or "answers_wide_epqra".
read_table <- function(name, folder = here) {
  # Everything is read as text first: "NA", "T" and "None" are names and answers.
  table <- read.csv(file.path(folder, paste0(name, ".csv")), na.strings = "", colClasses = "character",
                    check.names = FALSE, encoding = "UTF-8", blank.lines.skip = FALSE)
  for (column in names(types[[name]])) table[[column]] <- as_type(table[[column]], types[[name]][[column]])
  table
}

# The tables of this folder as a list, by their names.
read_study <- function(folder = here, tables = names(types)) {
  sapply(tables, read_table, folder = folder, simplify = FALSE)
}

as_type <- function(values, type) {
  switch(type,
    integer = as.integer(values),
    double = as.numeric(values),
    boolean = values == "t",
    date = as.Date(values, format = "%Y-%m-%d"),
    instant = ,
    timestamp = as.POSIXct(sub("[+]00$", "", values), format = "%Y-%m-%d %H:%M:%OS", tz = "UTC"),
    # Texts; JSON; bytes as hexadecimal text; whole numbers of more digits than R's have.
    values
  )
}
