# sql/data/criteria.awk
#
# Prints the frameworks and their criteria as SQL. Needs csv.awk, sql.awk and
# catalogue.awk.

function print_frameworks(    i) {
    print "INSERT INTO soc2.frameworks" \
        " (framework, title, edition, source, description, shipped) VALUES"
    for (i = 1; i <= Frameworks; i++)
        print "    (" sql_text(Framework[i, "framework"]) \
            ", " sql_text(Framework[i, "title"]) \
            ", " sql_text(Framework[i, "edition"]) \
            ", " sql_text(Framework[i, "source"]) \
            ", " sql_text(Framework[i, "description"]) \
            ", true)" (i < Frameworks ? "," : ";")
}

function print_criteria(framework,    i) {
    print "INSERT INTO soc2.criteria (criterion, title, description," \
        " is_cuec, coded, source, source_line, shipped) VALUES"
    for (i = 1; i <= Rows[framework]; i++)
        print "    (" sql_text(framework ":" Row[framework, i, "code"]) \
            ", " sql_text(Row[framework, i, "title"]) \
            ", " sql_text(Row[framework, i, "description"]) \
            ", " Row[framework, i, "is_cuec"] \
            ", " Row[framework, i, "coded"] \
            ", " sql_text(Row[framework, i, "source"]) \
            ", " (Row[framework, i, "line"] == "" ? "NULL" \
                  : Row[framework, i, "line"]) \
            ", true)" (i < Rows[framework] ? "," : ";")
}

function print_all(    i) {
    print "-- sql/data/criteria.sh"
    print ""
    print_frameworks()
    for (i = 1; i <= Frameworks; i++) {
        print ""
        print_criteria(Framework[i, "framework"])
    }
}

BEGIN {
    load_frameworks()
    print_all()
}
