# sql/data/sql.awk
#
# SQL literals, for a server with standard_conforming_strings on.

# VALUE as a text literal on one line; the empty string is NULL.
function sql_text(value,    i, lines, n, text) {
    if (value == "")
        return "NULL"
    gsub(/'/, "''", value)
    n = split(value, lines, "\n")
    text = "'" lines[1]
    for (i = 2; i <= n; i++)
        text = text "' || E'\\n' || '" lines[i]
    return text "'"
}
