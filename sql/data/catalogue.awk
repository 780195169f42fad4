# sql/data/catalogue.awk
#
# Reads the two documents and the CSV files that belong to them into rows, in
# document order with parents before their children, and checks every count.
# Needs csv.awk.
#
#   Frameworks                 number of frameworks
#   Framework[i, column]       framework, title, edition, source, description
#   Rows[framework]            number of rows
#   Row[framework, i, column]  code, title, description, is_cuec, coded,
#                              source, line
#   Level[framework, code]     0 category, 1 series, 2 criterion, 3 point
#   Is_cuec[framework, code]   set for the controls of user entities
#   Tally[framework, what]     counts, for expect()

function expect(what, found, wanted) {
    if (found + 0 != wanted)
        fail(what ": found " (found + 0) ", expected " wanted)
}

# Codes: category, then up to three numbers, as in CC, CC6, CC6.1, CC6.1.3.

function code_level(code) {
    if (code !~ /^(CC|A|C|PI|P)([1-9][0-9]*(\.[1-9][0-9]*)?(\.[1-9][0-9]*)?)?$/)
        fail("not a code: " code)
    if (code !~ /[0-9]/)
        return 0
    return 1 + gsub(/\./, "", code)
}

function code_parent(code) {
    sub(/\.?[0-9]+$/, "", code)
    return code
}

# A number that grows in document order (CC, A, C, PI, P; CC2.2.10 after .9).
function code_rank(code,    category, digits, n, numbers, rank) {
    category = code
    sub(/[0-9].*/, "", category)
    digits = substr(code, length(category) + 1)
    n = split(digits, numbers, ".")
    rank = index(" CC A  C  PI P  ", " " category " ")
    return ((rank * 1000 + (n > 0 ? numbers[1] : 0)) * 1000 \
            + (n > 1 ? numbers[2] : 0)) * 1000 + (n > 2 ? numbers[3] : 0)
}

function add_row(framework, code, title, description, coded, source, line,
                 i, is_cuec, level) {
    level = code_level(code)
    if ((framework, code) in Level)
        fail(framework ": code " code " stands twice")
    if (level > 0 && !((framework, code_parent(code)) in Level))
        fail(framework ": " code " comes before its parent")
    if (Rows[framework] && code_rank(code) <= Last[framework])
        fail(framework ": " code " is out of order")
    if (title == "")
        fail(framework ": " code " has no title")
    i = ++Rows[framework]
    is_cuec = (title ~ /^User entity /)
    if (is_cuec)
        Is_cuec[framework, code] = 1
    Last[framework] = code_rank(code)
    Level[framework, code] = level
    Tally[framework, "level " level]++
    Tally[framework, source]++
    Tally[framework, "coded"] += coded
    Tally[framework, "is_cuec"] += is_cuec
    Row[framework, i, "code"] = code
    Row[framework, i, "title"] = title
    Row[framework, i, "description"] = description
    Row[framework, i, "is_cuec"] = is_cuec ? "true" : "false"
    Row[framework, i, "coded"] = coded ? "true" : "false"
    Row[framework, i, "source"] = source
    Row[framework, i, "line"] = line
}

# The lines of FILE into LINES; returns their number.
function read_lines(file, lines,    n, status) {
    while ((status = (getline lines[n + 1] < file)) > 0)
        n++
    if (status < 0 || !n)
        fail(file ": cannot be read")
    close(file)
    return n
}

# The outline: rows "Title (CODE).", and lines without a code, which are the
# preamble or headings. A heading is the description of the row that
# outline_headings.csv names; titles of rows without a line of their own come
# from outline_series.csv.
function load_outline(    code, headings, i, n, series, table, text) {
    n = csv_read("outline_series.csv", "code,title", table)
    for (i = 1; i <= n; i++)
        Synthesised[table[i, "code"]] = table[i, "title"]
    series = n
    headings = csv_read("outline_headings.csv", "line,code", table)
    for (i = 1; i <= headings; i++)
        Heading_of[table[i, "line"]] = table[i, "code"]
    n = read_lines("outline.txt", text)
    if (text[1] != "")
        fail("outline.txt: line 1 is not empty")
    Preamble = text[2]
    for (i = 3; i <= n; i++) {
        if (match(text[i], / \((CC|A|C|PI|P)[0-9.]+\)\.$/)) {
            code = substr(text[i], RSTART + 2, RLENGTH - 4)
            add_synthesised(code_parent(code))
            add_row("outline", code, substr(text[i], 1, RSTART - 1),
                    Description[code], 1, "document", i)
            delete Description[code]
        } else
            add_heading(i, text[i])
    }
    for (code in Description)
        fail("outline: no row follows the heading of " code)
    expect("outline: headings", Tally["outline", "headings"], 14)
    expect("outline: headings placed", headings, 14)
    expect("outline: coded rows", Tally["outline", "coded"], 369)
    expect("outline: categories", Tally["outline", "level 0"], 5)
    expect("outline: series", Tally["outline", "level 1"], 20)
    expect("outline: criteria", Tally["outline", "level 2"], 61)
    expect("outline: points of focus", Tally["outline", "level 3"], 299)
    expect("outline: series without a code",
           Tally["outline", "synthesised"] - Tally["outline", "level 0"], 11)
    expect("outline_series.csv: rows", series, Tally["outline", "synthesised"])
    expect("outline: user-entity rows", Tally["outline", "is_cuec"], 47)
}

function add_heading(line, text,    code) {
    if (!(line in Heading_of))
        fail("outline.txt: line " line " has no code and no place")
    code = Heading_of[line]
    if (code in Description)
        Description[code] = Description[code] "\n" text
    else {
        Description[code] = text
        Heading_line[code] = line
    }
    Tally["outline", "headings"]++
}

# Add CODE and its ancestors, as far as the document has no line for them.
function add_synthesised(code) {
    if (("outline", code) in Level)
        return
    if (code_level(code) > 0)
        add_synthesised(code_parent(code))
    if (!(code in Synthesised))
        fail("outline: " code " has neither a row nor a title of ours")
    add_row("outline", code, Synthesised[code], Description[code], 0,
            "synthesised", Heading_line[code])
    delete Description[code]
}

# The Trust Services Criteria: line 1 of the document is its title, every
# other line describes one criterion and may end in a list, "This includes
# ...", whose clauses are the points of focus.
function load_tsc(    code, criteria, i, level, line, lines, n, next_point,
                      point, points, table, text) {
    n = read_lines("tsc.txt", text)
    points = csv_read("tsc_points.csv", "code,title,clause", point)
    next_point = 1
    lines = 1
    criteria = csv_read("tsc_criteria.csv", "code,line,title,description",
                        table)
    for (i = 1; i <= criteria; i++) {
        code = table[i, "code"]
        line = table[i, "line"]
        level = code_level(code)
        if (level > 2)
            fail("tsc_criteria.csv: " code " is a point of focus")
        if (line != "" && (level < 2 || line != ++lines || line + 0 > n))
            fail("tsc_criteria.csv: " code " has line " line)
        if ((table[i, "description"] != "") != (level == 2 && line == ""))
            fail("tsc_criteria.csv: " code " needs exactly one description")
        if (level < 2)
            add_row("tsc", code, table[i, "title"], "", 0, "synthesised", "")
        else if (line == "")
            add_row("tsc", code, table[i, "title"], table[i, "description"], 1,
                    "paraphrase", "")
        else {
            add_row("tsc", code, table[i, "title"], text[line], 1, "document",
                    line)
            next_point = add_points(code, line, text[line], point, next_point)
        }
    }
    if (next_point <= points)
        fail("tsc_points.csv: " point[next_point, "code"] " is out of place")
    expect("tsc.txt: lines described", lines, n)
    expect("tsc: categories", Tally["tsc", "level 0"], 5)
    expect("tsc: series", Tally["tsc", "level 1"], 20)
    expect("tsc: criteria", Tally["tsc", "level 2"], 61)
    expect("tsc: points of focus", Tally["tsc", "level 3"], 136)
    expect("tsc: criteria with points of focus", Tally["tsc", "lists"], 36)
    expect("tsc: criteria from the document",
           Tally["tsc", "document"] - Tally["tsc", "level 3"], 38)
    expect("tsc: criteria in our own words", Tally["tsc", "paraphrase"], 23)
    expect("tsc: coded rows", Tally["tsc", "coded"], 61)
    expect("tsc: user-entity rows", Tally["tsc", "is_cuec"], 0)
}

# Add the points of CODE, from POINT[NEXT] on, and return the index of the
# first point that is not its own. They must be the clauses of LINE's list,
# all of them and in their order.
function add_points(code, line, text, point, next_point,
                    clause, i, n, wanted) {
    n = split_list(text, wanted)
    for (i = 1; code_parent(point[next_point, "code"]) == code; i++) {
        clause = point[next_point, "clause"]
        if (clause == "" || !index(text, clause))
            fail(point[next_point, "code"] ": not in line " line ": " clause)
        if (clause != wanted[i])
            fail(point[next_point, "code"] ": not clause " i " of line " line \
                 ": " clause)
        if (point[next_point, "code"] != code "." i)
            fail(point[next_point, "code"] ": clause " i " of line " line \
                 " is not so numbered")
        add_row("tsc", code "." i, point[next_point, "title"], clause, 0,
                "document", line)
        next_point++
    }
    expect("tsc.txt: clauses of line " line, i - 1, n)
    Tally["tsc", "lists"] += (n > 0)
    return next_point
}

# The clauses of the list at the end of TEXT into CLAUSES; returns their
# number. They part at commas and at "and" before a word in -ing.
function split_list(text, clauses,    start, tail) {
    start = index(text, " This includes ")
    if (!start)
        return 0
    text = substr(text, start + length(" This includes "))
    sub(/\.$/, "", text)
    gsub(/, and /, ", ", text)
    while (match(text, / and [a-z]+ing /)) {
        tail = substr(text, RSTART + length(" and "))
        text = substr(text, 1, RSTART - 1) ", " tail
    }
    return split(text, clauses, ", ")
}

function load_frameworks() {
    load_outline()
    load_tsc()
    Frameworks = csv_read("frameworks.csv",
                          "framework,title,edition,source,description",
                          Framework)
    expect("frameworks.csv: rows", Frameworks, 2)
    if (Framework[1, "framework"] != "outline" || \
        Framework[2, "framework"] != "tsc")
        fail("frameworks.csv: not outline, then tsc")
    Framework[1, "description"] = Preamble
}
